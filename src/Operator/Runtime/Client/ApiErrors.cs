using System.Net;
using CodeRepoOperator.Text;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>What went wrong with a request to the API server, in words for a log.</summary>
internal static class ApiErrors
{
    /// <summary>Whether this is the network's or the API server's doing rather than a bug of ours.</summary>
    public static bool IsApiError(this Exception error) =>
        error
            is HttpOperationException
                or HttpRequestException
                or KubernetesException
                or IOException
                or TaskCanceledException { InnerException: TimeoutException };

    /// <summary>Whether the object that the request was about does not exist, or not any more under this uid.</summary>
    public static bool IsNotFound(this HttpOperationException error) => error.Response.StatusCode == HttpStatusCode.NotFound;

    /// <summary>Whether somebody else has changed the object meanwhile.</summary>
    public static bool IsConflict(this HttpOperationException error) => error.Response.StatusCode == HttpStatusCode.Conflict;

    /// <summary>Whether a request to make something was refused because its namespace is being deleted.</summary>
    public static bool IsNamespaceTerminating(this HttpOperationException error) =>
        error.Response.StatusCode == HttpStatusCode.Forbidden
        && StatusOf(error.Response.Content)?.Details?.Causes?.Any(cause => cause.Reason == "NamespaceTerminating") == true;

    /// <summary>One line that says what happened.</summary>
    public static string Describe(this Exception error) => ForeignText.Shown(Reported(error), ForeignText.LongestError);

    private static string Reported(Exception error) =>
        error switch
        {
            KubernetesException { Status: { } status } => $"{status.Code} {status.Reason}: {status.Message}",
            HttpOperationException http => $"{(int)http.Response.StatusCode} {StatusMessage(http.Response.Content)}",
            { InnerException: { } inner } => $"{error.Message} ({inner.Message})",
            _ => error.Message,
        };

    /// <summary>The API server responds with a Status object whose message is meant for people.</summary>
    private static string StatusMessage(string? content) => StatusOf(content)?.Message ?? content ?? "";

    private static V1Status? StatusOf(string? content)
    {
        try
        {
            return content is null ? null : KubernetesJson.Deserialize<V1Status>(content);
        }
        catch (System.Text.Json.JsonException)
        {
            // A proxy in between responded; its own words say the most.
            return null;
        }
    }
}
