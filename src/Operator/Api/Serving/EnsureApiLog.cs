namespace CodeRepoOperator.Api.Serving;

/// <summary>What the API logs. Of requests that are responded to: nothing.</summary>
internal static partial class EnsureApiLog
{
    [LoggerMessage(Level = LogLevel.Error, Message = "A {Method} request could not be responded to, by a bug")]
    public static partial void RequestFailed(this ILogger log, string method, Exception error);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The API server can't be asked about callers ({Kind} review): {Error}. Those that are not known get 503"
    )]
    public static partial void ReviewsFail(this ILogger log, string kind, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The API server can be asked about callers again ({Kind} review)")]
    public static partial void ReviewsWork(this ILogger log, string kind);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{File} can't be used: {Error} The API keeps the certificate that it has")]
    public static partial void CertificateNotRead(this ILogger log, string file, string error);

    [LoggerMessage(Level = LogLevel.Information, Message = "The API has a new certificate, read from {File}, good until {NotAfter:O}")]
    public static partial void CertificateRead(this ILogger log, string file, DateTime notAfter);
}
