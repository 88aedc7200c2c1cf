using System.Buffers;
using System.Text.Json;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>The file in a clone's <c>.git</c> that holds its <see cref="CloneMarker"/>.</summary>
internal static class MarkerFile
{
    /// <summary>
    /// In bytes; more than a marker has, which names at most some hundred packs, submodules and folders, and the first of what was left
    /// out.
    /// </summary>
    private const int LongestFile = 2 << 20;

    /// <summary>Longer than any name or URL that the API server or a remote would have had taken.</summary>
    private const int LongestText = 4096;

    /// <summary>Longer than a file's name can be, in bytes.</summary>
    private const int LongestName = 255;

    private const int CommitLength = 40;

    private static readonly SearchValues<char> PackName = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
    );

    /// <summary>Reads a marker.</summary>
    /// <returns>The marker; null: the file does not hold one, or is no file.</returns>
    /// <exception cref="IOException">The file is not there or can't be read.</exception>
    public static CloneMarker? Read(string path)
    {
        using var directory = OpenDirectory.Open(Path.GetDirectoryName(path)!);
        var name = StoreVolume.NameOf(path);
        return directory?.Look(name) is null ? throw new FileNotFoundException($"{path} is not there") : Read(directory, name);
    }

    /// <summary>Looks for a marker.</summary>
    /// <returns>The marker; null: there is none.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneMarker? Find(string path)
    {
        using var directory = OpenDirectory.Open(Path.GetDirectoryName(path)!);
        return directory is null ? null : Read(directory, StoreVolume.NameOf(path));
    }

    /// <summary>Reads a marker.</summary>
    /// <param name="directory">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The marker; null: there is no file of the name, or it does not hold one.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneMarker? Read(OpenDirectory directory, ReadOnlySpan<byte> name) =>
        directory.ReadFile(name, LongestFile) is { } content && Parse(content) is { } marker && IsPossible(marker) ? marker : null;

    /// <summary>Writes a marker.</summary>
    /// <param name="marker">The marker.</param>
    /// <param name="path">Where to.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Write(this CloneMarker marker, string path)
    {
        using var directory = OpenDirectory.Open(Path.GetDirectoryName(path)!)
            ?? throw new DirectoryNotFoundException($"{path} has no directory");
        marker.Write(directory, StoreVolume.NameOf(path));
    }

    /// <summary>Writes a marker.</summary>
    /// <param name="marker">The marker.</param>
    /// <param name="directory">Where to.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public static void Write(this CloneMarker marker, OpenDirectory directory, ReadOnlySpan<byte> name) =>
        directory.WriteFile(name, JsonSerializer.SerializeToUtf8Bytes(marker, StoreJson.Default.CloneMarker));

    /// <summary>Whether this could have been written by an operator: it is read from a volume that others may write to.</summary>
    private static bool IsPossible(CloneMarker marker) =>
        IsText(marker.Uid, LongestText)
        && IsText(marker.Url, LongestText)
        && (marker.Branch is null ? marker.WantedBranch is null : IsText(marker.Branch, LongestText))
        && (marker.WantedBranch is null || IsText(marker.WantedBranch, LongestText))
        && (marker.WantedRef is null || (IsText(marker.WantedRef, LongestText) && marker is { WantedBranch: null, Branch: null }))
        && (marker.Ref is null || (IsText(marker.Ref, LongestText) && marker.WantedRef is not null))
        && marker.Commit.Length == CommitLength
        && marker.Commit.All(char.IsAsciiHexDigitLower)
        && marker.Depth >= 0
        && (
            marker.Omitted is null
            || (
                IsPossibleList(marker.Omitted.Submodules)
                && IsPossibleList(marker.Omitted.LfsFiles)
                && (marker.Omitted.UnencodedFiles is null || IsPossibleList(marker.Omitted.UnencodedFiles))
            )
        )
        && marker.Submodules is null or { IsPossible: true }
        && marker.Lfs is null or { IsPossible: true }
        && (
            marker.Sparse is null
            || (marker.Sparse.Asked.IsPossible && (marker.Sparse.Absent is null || IsPossibleList(marker.Sparse.Absent)))
        )
        && (
            marker.Contents is null
            || (
                marker.Contents is { IndexSize: >= 0, ShallowSize: null or >= 0, TopLevel: >= 0 }
                && marker.Contents.Packs.All(pack => pack.Value >= 0 && IsPack(pack.Key))
            )
        );

    private static CloneMarker? Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, StoreJson.Default.CloneMarker);
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
        {
            // No marker, whatever the reader trips over.
            return null;
        }
    }

    private static bool IsPossibleList(OmittedPaths omitted) =>
        omitted is { Count: >= 0, First.Count: <= OmittedPaths.MaximumShown } && omitted.First.All(path => IsText(path, LongestText));

    private static bool IsText(string? text, int longest) => text?.Length > 0 && text.Length <= longest && !text.Any(char.IsControl);

    private static bool IsPack(string name) =>
        name.Length is > 0 and <= LongestName && name[0] != '.' && !name.AsSpan().ContainsAnyExcept(PackName);
}
