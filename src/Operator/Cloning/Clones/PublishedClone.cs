using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>A complete clone that consumers can read.</summary>
/// <param name="Key">The CodeRepo that it belongs to.</param>
/// <param name="Marker">What was published.</param>
/// <param name="MarkerWrittenAt">When the marker's file was written, as the file system has it: changes with each publish.</param>
internal sealed record PublishedClone(NamespacedName Key, CloneMarker Marker, DateTime MarkerWrittenAt)
{
    /// <summary>
    /// Names what is in its tree: the commit; where submodules or files of Git LFS are asked for, with those that are there, for they may
    /// come later; and the folders of a sparse one.
    /// </summary>
    public string TreeName =>
        string.Join('-', new[] { Marker.Commit, Marker.Submodules?.Digest, Marker.Lfs?.Digest, Marker.Sparse?.Digest }.OfType<string>());

    /// <summary>Whether it is what a CodeRepo asks for; how new it is does not matter.</summary>
    public bool Meets(DesiredClone desired) => Key == desired.Key && Marker.Meets(desired);
}
