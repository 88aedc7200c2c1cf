using System.Net.Sockets;
using k8s;
using k8s.Autorest;

namespace CodeRepoOperator.Runtime.Monitoring;

/// <summary>
/// What kind of failure a request to the API server met, to report the same failure once: texts have ports, counters and
/// verbs in them that differ from retry to retry.
/// </summary>
internal static class FailureKind
{
    /// <summary>The same for the same kind of failure.</summary>
    public static string Kind(this Exception error) =>
        error switch
        {
            HttpOperationException http => $"{(int)http.Response.StatusCode}",
            KubernetesException { Status.Code: { } code } => $"{code}",
            OperationCanceledException => "timeout",
            HttpRequestException or IOException when error.GetBaseException() is SocketException socket => $"{socket.SocketErrorCode}",
            HttpRequestException request => $"{request.HttpRequestError}",
            HttpIOException response => $"{response.HttpRequestError}",
            _ => error.GetType().Name,
        };
}
