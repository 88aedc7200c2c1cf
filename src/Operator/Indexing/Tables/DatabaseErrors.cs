using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Text;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>What went wrong on the way to the database or in it, by code, in words that say what to do. They hold no secret.</summary>
internal static class DatabaseErrors
{
    private const string Connection = $"{IndexingOptions.Section}:{nameof(IndexingOptions.ConnectionFile)}";

    /// <summary>Whether the world may do this: the database, the network, or what is between.</summary>
    public static bool IsOne(Exception error) =>
        error
            is NpgsqlException
                or DecoderFallbackException
                or TimeoutException
                or IOException
                or SocketException
                or AuthenticationException
        || IsOfCertificateFile(error);

    /// <summary>
    /// Whether this is about the server or the way to it, whatever the statement was. Most of the time the connections that are
    /// left lead to the same place, and are of no use.
    /// </summary>
    public static bool IsOfServer(Exception error) =>
        error is not DecoderFallbackException
        && (
            error is not PostgresException postgres
            || postgres.SqlState
                is PostgresErrorCodes.ReadOnlySqlTransaction
                    or PostgresErrorCodes.AdminShutdown
                    or PostgresErrorCodes.CrashShutdown
                    or PostgresErrorCodes.CannotConnectNow
                    or PostgresErrorCodes.IdleSessionTimeout
                    or PostgresErrorCodes.DatabaseDropped
            || postgres.SqlState.StartsWith("08", StringComparison.Ordinal)
            || postgres.SqlState.StartsWith("53", StringComparison.Ordinal)
        );

    /// <summary>Whether a limit of time was met.</summary>
    public static bool IsTimeout(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable;

    /// <summary>An error as a user may see it.</summary>
    public static string Describe(Exception error) =>
        error switch
        {
            PostgresException postgres => $"{Advice(postgres.SqlState)}{postgres.SqlState}: {Shown(postgres.MessageText)}.",
            AggregateException several => string.Join(" ", several.InnerExceptions.Select(Describe).Distinct()),
            DecoderFallbackException =>
                "A text in the table is not valid UTF-8, though the database takes it for such (SQL_ASCII): correct it, or the encoding "
                    + "of the database.",
            AuthenticationException =>
                $"The database's certificate is not the one that is trusted: check Host, SSL Mode and Root Certificate in {Connection}. "
                    + $"{Sentence(error)}",
            _ when IsOfCertificateFile(error) =>
                $"A file of certificates can't be read: check Root Certificate and SSL Certificate in {Connection}. {Sentence(error)}",
            SocketException or EndOfStreamException =>
                $"The database can't be reached: check Host and Port in {Connection}, and that it runs. {Sentence(error)}",
            TimeoutException => "The database did not respond in time, or gave no connection: check that it runs, and Maximum Pool Size in "
                + $"{Connection}. {Sentence(error)}",
            { InnerException: { } cause } => Describe(cause),
            NpgsqlException { InnerException: null } =>
                $"No server that takes writes was found: name all hosts in {Connection}, separated by commas. {Sentence(error)}",
            _ => Sentence(error),
        };

    /// <summary>Whether a file that the connection string names can't be read.</summary>
    public static bool IsOfCertificateFile(Exception error) =>
        error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException;

    private static string Advice(string code) =>
        code switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"The database refused the login: check Username and Password in {Connection}. ",
            PostgresErrorCodes.InvalidCatalogName => $"There is no such database: check Database in {Connection}. ",
            PostgresErrorCodes.LockNotAvailable =>
                $"A lock was not granted within {IndexingOptions.Section}:{nameof(IndexingOptions.LockTimeout)}: another session holds "
                    + "it. The next sweep tries again. ",
            PostgresErrorCodes.QueryCanceled =>
                $"It took longer than {IndexingOptions.Section}:{nameof(IndexingOptions.StatementTimeout)}, or was cancelled. ",
            PostgresErrorCodes.ReadOnlySqlTransaction =>
                "The server takes no writes, as after a fail-over. The next sweep looks for one that does among the hosts in "
                    + $"{Connection}. ",
            PostgresErrorCodes.TooManyConnections => "The server has no connection left: raise max_connections, or pool them. ",
            _ => "",
        };

    private static string Sentence(Exception error) => Shown(error.Message) + ".";

    /// <summary>A trigger of anybody's may raise any text.</summary>
    private static string Shown(string message) => ForeignText.Shown(message, ForeignText.LongestError).TrimEnd('.');
}
