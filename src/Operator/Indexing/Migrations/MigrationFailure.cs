using System.Security.Authentication;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Text;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// What an error of the database means to the person who runs a migration: a pure decision. Neither text holds a credential.
/// </summary>
/// <param name="Why">What happened.</param>
/// <param name="IsSetup">Whether something must be set up otherwise before another try makes sense.</param>
internal sealed record MigrationFailure(string Why, bool IsSetup)
{
    /// <summary>Whether another run goes on without anything being corrected first.</summary>
    public bool IsPassing { get; init; } = true;

    /// <summary>Judges an error, by its code. Of several, with several hosts, what a server says counts.</summary>
    public static MigrationFailure Of(NpgsqlException error) =>
        DatabaseErrors.All(error).First() is PostgresException reported ? OfServer(reported) : OfConnection(error);

    private static MigrationFailure OfServer(PostgresException error) =>
        error.SqlState switch
        {
            PostgresErrorCodes.InsufficientPrivilege => new(
                $"the database refuses ({Shown(error)}): run migrate as the owner of the tables",
                IsSetup: true
            ),
            PostgresErrorCodes.ReadOnlySqlTransaction => new(
                "the server takes no changes: lead the connection to the primary",
                IsSetup: true
            ),
            PostgresErrorCodes.InvalidPassword
            or PostgresErrorCodes.InvalidAuthorizationSpecification
            or PostgresErrorCodes.InvalidCatalogName => new(
                $"{Shown(error)}: the database refuses the connection; correct what is in "
                    + $"{IndexingOptions.Section}:{nameof(IndexingOptions.ConnectionFile)}",
                IsSetup: true
            ),
            PostgresErrorCodes.LockNotAvailable => new(
                "the table was locked by others all the time (pg_locks says who they are)",
                IsSetup: false
            ),
            _ => new($"{Shown(error)} (SQLSTATE {error.SqlState}){Detail(error)}", IsSetup: false) { IsPassing = Passes(error.SqlState) },
        };

    private static MigrationFailure OfConnection(NpgsqlException error)
    {
        if (error is { InnerException: null, Message.Length: > 0, IsTransient: false })
        {
            return new(
                $"{error.Message.TrimEnd('.')}; migrate needs a server that takes changes: the primary, with "
                    + "default_transaction_read_only off",
                IsSetup: true
            );
        }

        var reason = DatabaseErrors.All(error).First();
        return new($"the connection failed ({reason.Message.TrimEnd('.')})", IsSetup: false)
        {
            IsPassing = reason is not (Ipv6OnlyException or AuthenticationException),
        };
    }

    /// <summary>
    /// Classes: connection, transaction rollback, resources, ended by an operator; and timeouts. All else is of the database as it is: an
    /// object in the way, a trigger that raises.
    /// </summary>
    private static bool Passes(string code) => code[..2] is "08" or "40" or "53" or "57" or "58" || code is "25P03" or "25P04";

    private static string Detail(PostgresException error) => error.Detail is { Length: > 0 } detail ? $": {Text(detail)}" : "";

    private static string Shown(PostgresException error) => Text(error.MessageText);

    private static string Text(string text) => ForeignText.Shown(text, ForeignText.LongestError).TrimEnd('.');
}
