using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>A ref of a remote.</summary>
/// <param name="Name">Its full name.</param>
/// <param name="Commit">The object that it points to; null: HEAD names a branch that has no commit yet.</param>
/// <param name="Target">The ref that a symbolic one names, if the remote says so.</param>
internal sealed record RefLine(string Name, string? Commit, string? Target)
{
    /// <summary>Of an annotated tag, what it leads to in the end, if the remote says so.</summary>
    public string? Peeled { get; init; }

    /// <summary>Reads a line of the response to <c>ls-refs</c>: <c>object name [symref-target:ref] [peeled:object]</c>.</summary>
    public static RefLine Parse(string line)
    {
        var parts = line.Split(' ');
        var (target, peeled) = (After("symref-target:"), After("peeled:"));
        return parts switch
        {
            ["unborn", { Length: > 0 } name, ..] => new RefLine(name, null, target),
            [{ } commit, { Length: > 0 } name, ..] when ObjectName.IsSha1(commit) && (peeled is null || ObjectName.IsSha1(peeled)) =>
                new RefLine(name, commit, target) { Peeled = peeled },
            _ => throw PktLineReader.Malformed(),
        };

        string? After(string label) => Array.Find(parts, part => part.StartsWith(label, StringComparison.Ordinal))?[label.Length..];
    }
}
