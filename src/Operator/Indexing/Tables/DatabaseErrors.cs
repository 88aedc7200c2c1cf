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

    /// <summary>The same for the same kind of failure, to report it once: texts have keys and ports in them.</summary>
    public static string Kind(Exception error) => error is PostgresException refusal ? refusal.SqlState : error.GetType().Name;

    /// <summary>Whether a limit of time was met.</summary>
    public static bool IsTimeout(PostgresException error) =>
        error.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable;

    /// <summary>
    /// All that is in an error: what happened with each of several hosts. What a server says comes first, then what one says of its
    /// certificate: that another host can't be reached is seldom the reason.
    /// </summary>
    public static IEnumerable<Exception> All(Exception error) => Leaves(error).OrderBy(Rank);

    /// <summary>An error as a user may see it. The reason comes first, then what to do.</summary>
    public static string Describe(Exception error) =>
        error switch
        {
            PostgresException postgres when ConnectionAdvice(postgres.SqlState) is { } advice =>
                $"{Shown(postgres.MessageText)} ({postgres.SqlState}). {advice}",
            PostgresException postgres => $"{Advice(postgres.SqlState)}{postgres.SqlState}: {Shown(postgres.MessageText)}.",
            AggregateException => string.Join(" ", All(error).Select(Describe).Distinct()),
            DecoderFallbackException =>
                "A text in the table is not valid UTF-8, though the database takes it for such (SQL_ASCII): correct it, or the encoding "
                    + "of the database.",
            AuthenticationException =>
                $"{Sentence(error)} The database's certificate is not the one that is trusted: check Host, SSL Mode and Root Certificate "
                    + $"in {Connection}.",
            _ when IsOfCertificateFile(error) =>
                $"{Sentence(error)} A file of certificates can't be read: check Root Certificate and SSL Certificate in {Connection}.",
            Ipv6OnlyException => Sentence(error),
            SocketException or EndOfStreamException =>
                $"{Sentence(error)} The database can't be reached: check Host and Port in {Connection}, and that it runs.",
            TimeoutException => $"{Sentence(error)} The database did not respond in time, or gave no connection: check that it runs, and "
                + $"Maximum Pool Size in {Connection}.",
            { InnerException: { } cause } => Describe(cause),
            NpgsqlException { InnerException: null } =>
                $"{Sentence(error)} No server that takes writes was found: name all hosts in {Connection}, separated by commas.",
            _ => Sentence(error),
        };

    /// <summary>Whether a file that the connection string names can't be read.</summary>
    public static bool IsOfCertificateFile(Exception error) =>
        error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException or CryptographicException;

    private static IEnumerable<Exception> Leaves(Exception error) =>
        error switch
        {
            AggregateException several => several.InnerExceptions.SelectMany(Leaves),
            AuthenticationException or Ipv6OnlyException or TimeoutException => [error],
            { InnerException: { } cause } => Leaves(cause),
            _ => [error],
        };

    private static int Rank(Exception error) =>
        error switch
        {
            PostgresException => 0,
            AuthenticationException or Ipv6OnlyException => 1,
            _ => IsOfCertificateFile(error) ? 1 : 2,
        };

    /// <summary>What to do when no connection is made; null: it is about something else.</summary>
    private static string? ConnectionAdvice(string code) =>
        code switch
        {
            PostgresErrorCodes.InvalidPassword => $"The database refused the login: check Username and Password in {Connection}.",
            PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"The database refused the login: check Username, Password and SSL Mode in {Connection}.",
            PostgresErrorCodes.InvalidCatalogName => $"There is no such database: check Database in {Connection}.",
            PostgresErrorCodes.TooManyConnections => "The server has no connection left: raise max_connections, or pool them.",
            _ => null,
        };

    private static string Advice(string code) =>
        code switch
        {
            PostgresErrorCodes.LockNotAvailable =>
                $"A lock was not granted within {IndexingOptions.Section}:{nameof(IndexingOptions.LockTimeout)}: another session holds "
                    + "it. The next sweep tries again. ",
            PostgresErrorCodes.QueryCanceled =>
                $"It took longer than {IndexingOptions.Section}:{nameof(IndexingOptions.StatementTimeout)}, or was cancelled. ",
            PostgresErrorCodes.ReadOnlySqlTransaction =>
                "The server takes no writes, as after a fail-over. The next sweep looks for one that does among the hosts in "
                    + $"{Connection}. ",
            _ => "",
        };

    private static string Sentence(Exception error) => Shown(error.Message) + ".";

    /// <summary>A trigger of anybody's may raise any text.</summary>
    private static string Shown(string message) => ForeignText.Shown(message, ForeignText.LongestError).TrimEnd('.');
}
