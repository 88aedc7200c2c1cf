using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Api.Responses;

/// <summary>
/// Reasons of problems that are the API's own; that a clone can't be had has a reason of <see cref="Reasons"/>, as in
/// <see cref="CloneFailure"/>.
/// </summary>
internal static class ApiReasons
{
    /// <summary>400: the request is not one that the API knows how to respond to.</summary>
    public const string InvalidRequest = "InvalidRequest";

    /// <summary>401: there is no token, or it is not good.</summary>
    public const string Unauthenticated = "Unauthenticated";

    /// <summary>403: the caller may not do this, whether or not there is such a CodeRepo.</summary>
    public const string Forbidden = "Forbidden";

    /// <summary>404: there is no such CodeRepo, or nothing at this path.</summary>
    public const string NotFound = "NotFound";

    /// <summary>429: the caller asks too often.</summary>
    public const string TooManyRequests = "TooManyRequests";

    /// <summary>503: who the caller is can't be found out.</summary>
    public const string AuthorizationUnavailable = "AuthorizationUnavailable";

    /// <summary>503: the operator has just started, or is about to end.</summary>
    public const string NotReady = "NotReady";

    /// <summary>503: as many archives are being made as may be at once.</summary>
    public const string TooManyArchives = "TooManyArchives";

    /// <summary>503: as many watches are open as may be at once.</summary>
    public const string TooManyWatches = "TooManyWatches";

    /// <summary>500: a bug.</summary>
    public const string InternalError = "InternalError";
}
