using System.Globalization;
using System.Text.RegularExpressions;
using k8s;

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>What the API server has responded so far, by its own count (<c>apiserver_request_total</c>).</summary>
internal sealed partial class ApiRequests
{
    private readonly Dictionary<(string Verb, string Resource), double> _counts = [];

    /// <summary>Reads the counts as they are now.</summary>
    public static async Task<ApiRequests> ReadAsync(IKubernetes kubernetes, CancellationToken cancellationToken)
    {
        var client = (Kubernetes)kubernetes;
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(client.BaseUri, "metrics"));
        await client.Credentials.ProcessHttpRequestAsync(request, cancellationToken);
        using var response = await client.HttpClient.SendAsync(request, cancellationToken);
        var read = new ApiRequests();
        foreach (var line in (await response.Content.ReadAsStringAsync(cancellationToken)).Split('\n'))
        {
            if (Count().Match(line) is { Success: true } count)
            {
                var key = (
                    Label(line, "verb"),
                    Label(line, "resource") + (Label(line, "subresource") is { Length: > 0 } part ? $"/{part}" : "")
                );
                read._counts[key] =
                    read._counts.GetValueOrDefault(key) + double.Parse(count.Groups["count"].Value, CultureInfo.InvariantCulture);
            }
        }

        return read;
    }

    /// <summary>
    /// How many requests about CodeRepos an operator made, if nobody else but who counts is there, and that one only lists,
    /// creates and deletes.
    /// </summary>
    public double OfOperatorSince(ApiRequests before) =>
        Since(before, "coderepos/status", "APPLY", "PATCH", "PUT")
        + Since(before, "events", "POST")
        + Since(before, "coderepos", "APPLY", "PATCH", "PUT", "GET");

    /// <summary>How many requests came in since, of these verbs on this resource.</summary>
    public double Since(ApiRequests before, string resource, params string[] verbs) =>
        verbs.Sum(verb => _counts.GetValueOrDefault((verb, resource)) - before._counts.GetValueOrDefault((verb, resource)));

    /// <summary>All that came in since, but for reading these metrics.</summary>
    public string Since(ApiRequests before) =>
        string.Join(
            ", ",
            _counts
                .Select(count => (count.Key, More: count.Value - before._counts.GetValueOrDefault(count.Key)))
                .Where(count => count.More > 0 && count.Key.Resource.Length > 0)
                .OrderByDescending(count => count.More)
                .Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.More:0} {count.Key.Verb} {count.Key.Resource}"))
        );

    private static string Label(string line, string name) =>
        Regex.Match(line, $"[{{,]{name}=\"([^\"]*)\"", RegexOptions.NonBacktracking).Groups[1].Value;

    [GeneratedRegex("^apiserver_request_total\\{.*\\} (?<count>[0-9.e+]+)$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture)]
    private static partial Regex Count();
}
