using System.Globalization;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>
/// Resource versions of one kind of object may be compared as numbers (Kubernetes API concepts, "Resource versions", since
/// 1.35; true of etcd before).
/// </summary>
internal static class ResourceVersions
{
    /// <summary>Whether one is older than another; never where one of the two is no number.</summary>
    public static bool IsOlder(string? version, string? than) => Number(version) < Number(than);

    private static ulong? Number(string? version) =>
        ulong.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
