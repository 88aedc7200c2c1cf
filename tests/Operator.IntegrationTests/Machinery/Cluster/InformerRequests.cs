namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>What an informer asks for, distinguished.</summary>
internal static class InformerRequests
{
    public static bool IsWatch(string request) => request.Contains("watch=true", StringComparison.Ordinal);

    /// <summary>The first page of a list of everything, or all of it.</summary>
    public static bool IsWholeList(string request) => request.Contains("limit=500", StringComparison.Ordinal);

    /// <summary>From where a watch was to begin.</summary>
    public static string VersionOf(string watch) => watch.Split("resourceVersion=")[1].Split('&')[0];
}
