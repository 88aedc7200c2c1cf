using System.Net.Sockets;
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
    public void Without_a_primary_it_is_the_connection_that_must_change() =>
        Assert.True(MigrationFailure.Of(new NpgsqlException("No suitable host was found.")).IsSetup);
}
