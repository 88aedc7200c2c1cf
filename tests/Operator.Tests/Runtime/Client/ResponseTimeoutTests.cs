using System.Net.Sockets;
using CodeRepoOperator.Runtime.Monitoring;

namespace CodeRepoOperator.Runtime.Client;

public sealed class ResponseTimeoutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_socket_error_that_NET_lets_through_is_a_failed_request_like_all_others()
    {
        using var way = new HttpMessageInvoker(
            new ResponseTimeout(TimeSpan.FromMinutes(1), TimeProvider.System)
            {
                InnerHandler = new Broken(new SocketException((int)SocketError.NotConnected)),
            }
        );
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://api.example.com/");

        var error = await Assert.ThrowsAsync<HttpRequestException>(() => way.SendAsync(request, Token));

        Assert.True(error.IsApiError());
        Assert.Equal(nameof(SocketError.NotConnected), error.Kind());
        Assert.Contains("the connection broke", error.Describe(), StringComparison.Ordinal);
    }

    private sealed class Broken(Exception error) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromException<HttpResponseMessage>(error);
    }
}
