namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>A request to the API server, as <see cref="ApiProxy"/> sees it.</summary>
/// <param name="Method">GET, POST, PUT, PATCH or DELETE.</param>
/// <param name="Path">The path.</param>
/// <param name="Query">The query, with its question mark.</param>
/// <param name="Body">What is sent.</param>
internal sealed record ApiRequest(string Method, string Path, string Query, string Body)
{
    /// <summary>Whether it writes the status of a CodeRepo.</summary>
    public bool WritesStatusOf(string name) => Method == "PATCH" && Path.EndsWith($"/coderepos/{name}/status", StringComparison.Ordinal);

    /// <summary>Whether it writes the finalizers of a CodeRepo.</summary>
    public bool WritesFinalizersOf(string name) => Method == "PATCH" && Path.EndsWith($"/coderepos/{name}", StringComparison.Ordinal);

    /// <summary>Whether it publishes an event on a CodeRepo.</summary>
    public bool PublishesEventOf(string name) =>
        Method == "POST" && Path.EndsWith("/events", StringComparison.Ordinal) && Body.Contains($"\"{name}-\"", StringComparison.Ordinal);
}
