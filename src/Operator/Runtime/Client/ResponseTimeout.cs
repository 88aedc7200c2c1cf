using System.Net.Sockets;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// Ends a request to the API server whose whole response does not come in time; of a watch, that it was taken. An API server,
/// or a proxy in front of it, that stops in the middle of a response would hold the caller for ever otherwise: the client
/// reads responses of requests without a look at its token, some of them by blocking a thread. And has each failure of the
/// connection be an <see cref="HttpRequestException"/>.
/// </summary>
internal sealed class ResponseTimeout(TimeSpan longest, TimeProvider time) : DelegatingHandler
{
    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var timeout = new LinkedTimeout(longest, time, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await base.SendAsync(request, timeout.Token);
            if (!response.IsSuccessStatusCode || !IsWatch(request))
            {
                await response.Content.LoadIntoBufferAsync(timeout.Token);
            }

            return response;
        }
        catch (Exception error)
        {
            response?.Dispose();
            if (timeout.HasElapsed)
            {
                throw new HttpRequestException(HttpRequestError.ResponseEnded, $"no whole response within {longest.TotalSeconds} s", error);
            }

            if (error is SocketException)
            {
                // .NET's own, not wrapped: a connection that is reset just after it was taken has no address to write down.
                throw new HttpRequestException(HttpRequestError.ConnectionError, $"the connection broke: {error.Message}", error);
            }

            throw;
        }
    }

    private static bool IsWatch(HttpRequestMessage request) => request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal);
}
