namespace CodeRepoOperator.Remotes.Http;

/// <summary>What redirects are, and what may follow one: see <see cref="GitHttp"/>, which follows none by itself.</summary>
internal static class Redirect
{
    /// <summary>Whether a response leads elsewhere.</summary>
    public static bool Is(HttpResponseMessage response) => (int)response.StatusCode is 301 or 302 or 303 or 307 or 308;

    /// <summary>Whether two addresses are of one origin: what one of them may know, so may the other. Who asks is no part of it.</summary>
    public static bool StaysAt(Uri one, Uri other) =>
        Uri.Compare(one, other, UriComponents.SchemeAndServer, UriFormat.UriEscaped, StringComparison.OrdinalIgnoreCase) == 0;
}
