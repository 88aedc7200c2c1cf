using System.Net;
using System.Text.Json;

namespace CodeRepoOperator.Api;

/// <summary>What the API responded.</summary>
/// <param name="Status">The status of HTTP.</param>
/// <param name="Type">The kind of content.</param>
/// <param name="Body">The content, as JSON.</param>
/// <param name="RetryAfter">After how many seconds to ask again.</param>
/// <param name="Location">Where to ask again.</param>
/// <param name="Challenge">How to say who one is.</param>
internal sealed record ApiResponse(
    HttpStatusCode Status,
    string? Type,
    JsonElement Body,
    double? RetryAfter,
    string? Location,
    string Challenge
)
{
    /// <summary>The reason of a problem.</summary>
    public string? Reason =>
        Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("reason", out var reason) ? reason.GetString() : null;

    public static async Task<ApiResponse> OfAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        return new ApiResponse(
            response.StatusCode,
            response.Content.Headers.ContentType?.MediaType,
            body.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(body),
            response.Headers.RetryAfter?.Delta?.TotalSeconds,
            response.Headers.Location?.ToString(),
            response.Headers.WwwAuthenticate.ToString()
        );
    }
}
