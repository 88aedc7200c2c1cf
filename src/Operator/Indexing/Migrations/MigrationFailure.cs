using CodeRepoOperator.Indexing.Tables;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// What an error of the database means to the person who runs a migration: a pure decision. Neither text holds a credential.
/// </summary>
/// <param name="Why">What happened.</param>
/// <param name="IsSetup">Whether something must be set up otherwise before another try makes sense.</param>
internal sealed record MigrationFailure(string Why, bool IsSetup)
{
    /// <summary>Judges an error, by its code.</summary>
    public static MigrationFailure Of(NpgsqlException error) =>
        error switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } refused => new(
                $"the database refuses ({refused.MessageText}): run migrate as the owner of the tables",
                IsSetup: true
            ),
            PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => new(
                "the server takes no changes: lead the connection to the primary",
                IsSetup: true
            ),
            PostgresException
            {
                SqlState: PostgresErrorCodes.InvalidPassword
                    or PostgresErrorCodes.InvalidAuthorizationSpecification
                    or PostgresErrorCodes.InvalidCatalogName
            } wrong => new(
                $"the database refuses the connection ({wrong.MessageText}): correct what is in "
                    + $"{IndexingOptions.Section}:{nameof(IndexingOptions.ConnectionFile)}",
                IsSetup: true
            ),
            PostgresException { SqlState: PostgresErrorCodes.LockNotAvailable } => new(
                "the table was locked by others all the time (pg_locks says who they are)",
                IsSetup: false
            ),
            PostgresException other => new($"{other.MessageText} (SQLSTATE {other.SqlState})", IsSetup: false),
            { InnerException: null } when error.Message.Length > 0 && !error.IsTransient => new(
                $"{error.Message.TrimEnd('.')}; migrate needs a server that takes changes: the primary, with "
                    + "default_transaction_read_only off",
                IsSetup: true
            ),
            _ => new($"the connection failed ({error.GetBaseException().Message.TrimEnd('.')})", IsSetup: false),
        };
}
