using System.Net.Sockets;
using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

public sealed class MigrationFailureTests
{
    [Theory]
    [InlineData(PostgresErrorCodes.InsufficientPrivilege, true)]
    [InlineData(PostgresErrorCodes.ReadOnlySqlTransaction, true)]
    [InlineData(PostgresErrorCodes.InvalidPassword, true)]
    [InlineData(PostgresErrorCodes.InvalidCatalogName, true)]
    [InlineData(PostgresErrorCodes.LockNotAvailable, false)]
    [InlineData(PostgresErrorCodes.AdminShutdown, false)]
    [InlineData(PostgresErrorCodes.DiskFull, false)]
    [InlineData(PostgresErrorCodes.UniqueViolation, false)]
    public void What_the_user_must_change_is_distinguished_from_what_another_run_may_mend(string code, bool isSetup) =>
        Assert.Equal(isSetup, MigrationFailure.Of(new PostgresException("what happened", "ERROR", "ERROR", code)).IsSetup);

    [Fact]
    public void A_connection_that_broke_is_one_to_try_again() =>
        Assert.Equal(
            new MigrationFailure("the connection failed (Connection refused)", IsSetup: false),
            MigrationFailure.Of(
                new NpgsqlException("Failed to connect to 127.0.0.1", new SocketException((int)SocketError.ConnectionRefused))
            )
        );

    [Fact]
    public void A_host_that_can_not_be_reached_from_here_must_be_corrected_first() =>
        Assert.False(
            MigrationFailure
                .Of(new NpgsqlException("", new Ipv6OnlyException("db", new SocketException((int)SocketError.NetworkUnreachable))))
                .IsPassing
        );

    [Theory]
    [InlineData(PostgresErrorCodes.AdminShutdown, true)]
    [InlineData(PostgresErrorCodes.DiskFull, true)]
    [InlineData(PostgresErrorCodes.DependentObjectsStillExist, false)]
    [InlineData(PostgresErrorCodes.RaiseException, false)]
    public void Another_run_is_advised_alone_where_it_mends_it(string code, bool isPassing) =>
        Assert.Equal(isPassing, MigrationFailure.Of(new PostgresException("what happened", "ERROR", "ERROR", code)).IsPassing);

    [Fact]
    public void Without_a_primary_it_is_the_connection_that_must_change() =>
        Assert.True(MigrationFailure.Of(new NpgsqlException("No suitable host was found.")).IsSetup);
}
