using System.Net;
using System.Net.Http.Headers;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace CodeRepoOperator.Api.Watching;

/// <summary>A watch as a client has it, which reads events by .NET's own parser.</summary>
internal sealed class OpenWatch : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly HttpResponseMessage _response;
    private readonly IAsyncEnumerator<SseItem<string>> _events;

    private OpenWatch(HttpClient http, HttpResponseMessage response, Stream stream, CancellationToken cancellationToken)
    {
        (_http, _response) = (http, response);
        _events = SseParser.Create(stream).EnumerateAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>The kind of content.</summary>
    public string? Type => _response.Content.Headers.ContentType?.MediaType;

    /// <summary>How often it was said that the connection is alive, since something else was.</summary>
    public int Quiet { get; private set; }

    /// <summary>Opens one.</summary>
    /// <exception cref="HttpRequestException">It is refused.</exception>
    public static async Task<OpenWatch> StartAsync(
        Uri api,
        string path,
        string token,
        string? lastEventId,
        CancellationToken cancellationToken
    )
    {
        var http = new HttpClient { BaseAddress = api };
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.StatusCode != HttpStatusCode.OK)
        {
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            var status = response.StatusCode;
            response.Dispose();
            http.Dispose();
            throw new HttpRequestException(body, inner: null, status);
        }

        return new OpenWatch(http, response, await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken);
    }

    /// <summary>Waits for the next event that says something.</summary>
    /// <returns>Its name, its id and its data; null: the stream has ended.</returns>
    public async Task<(string Name, string? Id, JsonElement Data)?> NextAsync()
    {
        Quiet = 0;
        while (await MoveAsync())
        {
            var item = _events.Current;
            if (item.EventType != "alive")
            {
                return (item.EventType, item.EventId, JsonSerializer.Deserialize<JsonElement>(item.Data));
            }

            Quiet++;
        }

        return null;
    }

    /// <summary>Waits until the server says that the connection is alive.</summary>
    public async Task BeginAsync() => Assert.True(await MoveAsync() && _events.Current.EventType == "alive");

    public async ValueTask DisposeAsync()
    {
        _response.Dispose();
        _http.Dispose();
        try
        {
            await _events.DisposeAsync();
        }
        catch (NotSupportedException)
        {
            // It is still being read: by a test that has failed already.
        }
    }

    private Task<bool> MoveAsync() => _events.MoveNextAsync().AsTask().WaitAsync(CloneFixture.Soon, TimeProvider.System);
}
