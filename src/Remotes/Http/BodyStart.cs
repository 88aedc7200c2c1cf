using System.Text;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>The first bytes of a response that is no git repository's: they may say what is wrong.</summary>
internal static class BodyStart
{
    // More than a quotation looks at.
    private const int MaximumBytes = 2048;

    /// <summary>What the status says is known already: nobody waits for long for more words.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>Reads them; less, or none, when they do not come.</summary>
    public static async Task<string> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        using var timeout = new LinkedTimeout(LongestWait, TimeProvider.System, cancellationToken);
        var bytes = new byte[MaximumBytes];
        var length = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(timeout.Token);
            for (var read = 1; read > 0 && length < bytes.Length; length += read)
            {
                read = await body.ReadAsync(bytes.AsMemory(length), timeout.Token);
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return EncodingOf(response).GetString(bytes, 0, length);
    }

    // A credential that is repeated must be read rightly to be found.
    private static Encoding EncodingOf(HttpResponseMessage response)
    {
        try
        {
            return response.Content.Headers.ContentType?.CharSet is { Length: > 0 } name
                ? Encoding.GetEncoding(name.Trim('"'))
                : Encoding.UTF8;
        }
        catch (ArgumentException)
        {
            return Encoding.UTF8;
        }
    }
}
