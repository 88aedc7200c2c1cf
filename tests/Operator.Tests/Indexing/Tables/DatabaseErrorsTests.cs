using System.Net.Sockets;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

public sealed class DatabaseErrorsTests
{
    private static readonly NpgsqlException Refused = new("Failed to connect", new SocketException((int)SocketError.ConnectionRefused));

    private static readonly PostgresException WrongPassword = new(
        "password authentication failed for user \"u\"",
        "FATAL",
        "FATAL",
        PostgresErrorCodes.InvalidPassword
    );

    [Fact]
    public void The_reason_of_a_refused_connection_comes_first_and_then_what_to_do() =>
        Assert.Equal(
            "password authentication failed for user \"u\" (28P01). The database refused the login: check Username and Password in "
                + "Indexing:ConnectionFile.",
            DatabaseErrors.Describe(WrongPassword)
        );

    [Fact]
    public void What_a_server_says_comes_before_a_host_that_is_away() =>
        Assert.StartsWith(
            "password authentication failed",
            DatabaseErrors.Describe(new NpgsqlException("Unable to connect", new AggregateException(Refused, WrongPassword))),
            StringComparison.Ordinal
        );

    [Fact]
    public void A_server_that_is_away_is_reported_by_what_the_network_says() =>
        Assert.StartsWith("Connection refused. The database can't be reached", DatabaseErrors.Describe(Refused), StringComparison.Ordinal);

    [Fact]
    public void A_host_without_an_IPv4_address_is_reported_as_such()
    {
        var unreachable = new SocketException((int)SocketError.NetworkUnreachable);
        var error = new NpgsqlException("Failed to connect", new Ipv6OnlyException("db.example.com", unreachable));

        Assert.StartsWith("db.example.com has no IPv4 address", DatabaseErrors.Describe(error), StringComparison.Ordinal);
    }
}
