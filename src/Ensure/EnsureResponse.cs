using System.Net;
using System.Text.Json;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Ensure;

/// <summary>What a response of the API, or none, means for who waits for a clone.</summary>
internal abstract record EnsureResponse
{
    /// <summary>How long to wait where the API says nothing about it.</summary>
    private static readonly TimeSpan Shortly = TimeSpan.FromSeconds(1);

    private EnsureResponse() { }

    /// <summary>The clone is there.</summary>
    /// <param name="Commit">The commit that is checked out; null: the API does not say.</param>
    internal sealed record Ready(string? Commit) : EnsureResponse;

    /// <summary>It is worth asking again.</summary>
    /// <param name="After">When.</param>
    /// <param name="Reason">What is waited for.</param>
    internal sealed record Later(TimeSpan After, string Reason) : EnsureResponse;

    /// <summary>Asking again would change nothing.</summary>
    /// <param name="Reason">Why, and what to do.</param>
    internal sealed record Never(string Reason) : EnsureResponse;

    /// <param name="status">Its status.</param>
    /// <param name="retryAfter">What it has in <c>Retry-After</c>; null: nothing.</param>
    /// <param name="body">Its body: a problem (RFC 9457), unless it comes of something in between.</param>
    public static EnsureResponse Of(HttpStatusCode status, TimeSpan? retryAfter, ReadOnlyMemory<byte> body) =>
        status switch
        {
            HttpStatusCode.OK => new Ready(Read(body, clone => TextOf(clone, "commit"))),

            // It was waited for there already.
            HttpStatusCode.Accepted => new Later(TimeSpan.Zero, ReasonIn(body) ?? "the clone is being made"),
            HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or >= HttpStatusCode.InternalServerError => new Later(
                retryAfter > Shortly ? retryAfter.Value : Shortly,
                ReasonIn(body) ?? Unexplained(status)
            ),
            _ => new Never(ReasonIn(body) ?? Unexplained(status)),
        };

    /// <summary>There was none.</summary>
    public static EnsureResponse None(Exception error) =>
        new Later(Shortly, $"the API can't be reached ({error.GetBaseException().Message.TrimEnd('.')})");

    private static string Unexplained(HttpStatusCode status) => $"the API responds {(int)status}";

    private static string? ReasonIn(ReadOnlyMemory<byte> body) =>
        Read(body, problem =>
            TextOf(problem, "reason") is { } reason && TextOf(problem, "detail") is { } detail
                ? RemoteText.Escaped($"{reason}: {detail}")
                : null
        );

    private static string? TextOf(JsonElement from, string name) =>
        from.TryGetProperty(name, out var found) && found.ValueKind == JsonValueKind.String ? found.GetString() : null;

    private static string? Read(ReadOnlyMemory<byte> body, Func<JsonElement, string?> read)
    {
        try
        {
            using var parsed = JsonDocument.Parse(body);
            return parsed.RootElement.ValueKind == JsonValueKind.Object ? read(parsed.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
