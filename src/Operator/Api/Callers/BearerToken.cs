using System.Buffers;
using System.Buffers.Text;
using System.Text.Json;

namespace CodeRepoOperator.Api.Callers;

/// <summary>A caller's token, as it stands in a request.</summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>What RFC 6750 lets a token consist of.</summary>
    private static readonly SearchValues<char> Letters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
    );

    /// <summary>Reads the token out of a request.</summary>
    /// <returns>The token; null: there is none, or what is there can't be one.</returns>
    public static string? Of(HttpRequest request) =>
        request.Headers.Authorization is [{ } header]
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && header.AsSpan(Scheme.Length).Trim(' ') is { Length: > 0 and <= TokenDigest.LongestToken } token
        && !token.ContainsAnyExcept(Letters)
            ? token.ToString()
            : null;

    /// <summary>
    /// When a token says that it expires. It is believed only so far as that nothing is remembered for longer; who vouches for the token
    /// is the API server.
    /// </summary>
    /// <returns>When; null: it does not say.</returns>
    public static DateTimeOffset? ExpiryOf(string token)
    {
        var parts = token.Split('.');
        if (parts.Length != 3)
        {
            return null;
        }

        try
        {
            var claims = new Utf8JsonReader(Base64Url.DecodeFromChars(parts[1]));
            while (claims.Read())
            {
                if (claims is { TokenType: JsonTokenType.PropertyName, CurrentDepth: 1 } && claims.ValueTextEquals("exp"u8))
                {
                    return
                        claims.Read()
                        && claims.TokenType == JsonTokenType.Number
                        && claims.TryGetDouble(out var seconds)
                        && seconds is > 0 and < 1e11
                        ? DateTimeOffset.UnixEpoch.AddSeconds(seconds)
                        : null;
                }
            }
        }
        catch (Exception error) when (error is FormatException or JsonException)
        {
            // Not a JWT, for all its dots.
        }

        return null;
    }
}
