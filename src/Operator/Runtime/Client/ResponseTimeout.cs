using System.Net.Sockets;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// Ends a request to the API server whose whole answer does not come in time; of a watch, that it was taken. An API server,
/// or a proxy in front of it, that stops in the middle of an answer would hold the caller for ever otherwise: the client
/// reads answers of requests without a look at its token, some of them by blocking a thread. And has each failure of the
/// connection be an <see cref="HttpRequestException"/>.
/// </summary>
internal sealed class ResponseTimeout(TimeSpan longest, TimeProvider time) : DelegatingHandler
{
    /// <inheritdoc />
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var timeout = new LinkedTimeout(longest, time, cancellationToken);
        HttpResponseMessage? answer = null;
        try
        {
            answer = await base.SendAsync(request, timeout.Token);
            if (!answer.IsSuccessStatusCode || !IsWatch(request))
            {
                await answer.Content.LoadIntoBufferAsync(timeout.Token);
            }

            return answer;
        }
        catch (Exception error)
        {
            answer?.Dispose();
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

    private static bool IsWatch(HttpRequestMessage request)
        => request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal);
}
