using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Cloning.Remotes.Files;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// Says inside a clone's <c>.git</c> what it is a complete clone of. Written last, so a clone without one was never
/// finished.
/// </summary>
/// <param name="Uid">Uid of the CodeRepo.</param>
/// <param name="Url">The remote.</param>
/// <param name="WantedBranch">The branch that the spec names; null: the remote's HEAD.</param>
/// <param name="Branch">The branch that is checked out; null: the remote's HEAD is detached, and so is the clone's.</param>
/// <param name="Commit">The commit that is checked out.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="ClonedAt">When.</param>
/// <param name="Contents">What it consists of; null: published by a version that did not note it.</param>
/// <param name="Omitted">What the commit refers to and the clone does not have; null: nothing.</param>
/// <param name="CommittedAt">When the commit was made, in seconds since 1970; null: published by a version that did not note it.</param>
/// <param name="Namespace">Whose quota it counts for, in the trash too; null: published by a version that did not note it.</param>
/// <param name="Size">What it takes on the volume; null: published by a version that did not note it.</param>
/// <param name="Access">By whose permission it was made; null: published by a version that did not note it.</param>
internal sealed record CloneMarker(
    string Uid,
    string Url,
    string? WantedBranch,
    string? Branch,
    string Commit,
    int Depth,
    DateTimeOffset ClonedAt,
    CloneContents? Contents = null,
    OmittedContent? Omitted = null,
    long? CommittedAt = null,
    string? Namespace = null,
    CloneSize? Size = null,
    CloneAccess? Access = null)
{
    /// <summary>In bytes; far more than a marker has, which names at most some hundred packs and the first of what was left out.</summary>
    private const int LongestFile = 1 << 20;

    /// <summary>Longer than any name or URL that the API server or a remote would have had taken.</summary>
    private const int LongestText = 4096;

    /// <summary>Longer than a file's name can be, in bytes.</summary>
    private const int LongestName = 255;

    private const int CommitLength = 40;

    private static readonly SearchValues<char> PackName = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    /// <summary>What is checked out, as it is told.</summary>
    [JsonIgnore]
    public string CheckedOut => Branch ?? "detached HEAD";

    /// <summary>Reads a marker.</summary>
    /// <returns>The marker; null: the file does not hold one, or is no file.</returns>
    /// <exception cref="IOException">The file is not there or can't be read.</exception>
    public static CloneMarker? Read(string path)
    {
        using var folder = OpenFolder.Open(Path.GetDirectoryName(path)!);
        var name = StoreVolume.NameOf(path);
        return folder?.Look(name) is null ? throw new FileNotFoundException($"{path} is not there") : Read(folder, name);
    }

    /// <summary>Looks for a marker.</summary>
    /// <returns>The marker; null: there is none.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneMarker? Find(string path)
    {
        using var folder = OpenFolder.Open(Path.GetDirectoryName(path)!);
        return folder is null ? null : Read(folder, StoreVolume.NameOf(path));
    }

    /// <summary>Reads a marker.</summary>
    /// <param name="folder">Where it is.</param>
    /// <param name="name">Its name.</param>
    /// <returns>The marker; null: there is no file of the name, or it does not hold one.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneMarker? Read(OpenFolder folder, ReadOnlySpan<byte> name)
        => folder.ReadFile(name, LongestFile) is { } content && Parse(content) is { IsPossible: true } marker ? marker : null;

    /// <summary>Writes the marker.</summary>
    public void Write(string path)
    {
        using var folder = OpenFolder.Open(Path.GetDirectoryName(path)!) ?? throw new DirectoryNotFoundException($"{path} has no folder");
        Write(folder, StoreVolume.NameOf(path));
    }

    /// <summary>Writes the marker.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="name">Its name.</param>
    /// <exception cref="IOException">It can't be written.</exception>
    public void Write(OpenFolder folder, ReadOnlySpan<byte> name)
        => folder.WriteFile(name, JsonSerializer.SerializeToUtf8Bytes(this, StoreJson.Default.CloneMarker));

    /// <summary>Whether this is a clone of what is wanted; how new it is does not matter.</summary>
    public bool Meets(WantedClone wanted)
        => Uid == wanted.Uid && Url == wanted.Url.ToString() && WantedBranch == wanted.Branch?.ToString() && Depth == wanted.Depth;

    /// <summary>Whether this could have been written by an operator: it is read from a volume that others may write to.</summary>
    private bool IsPossible
        => IsText(Uid, LongestText) && IsText(Url, LongestText) && (Branch is null ? WantedBranch is null : IsText(Branch, LongestText))
            && (WantedBranch is null || IsText(WantedBranch, LongestText))
            && Commit.Length == CommitLength && Commit.All(char.IsAsciiHexDigitLower) && Depth >= 0
            && (Omitted is null || (IsPossibleList(Omitted.Submodules) && IsPossibleList(Omitted.LfsFiles)
                && (Omitted.UnencodedFiles is null || IsPossibleList(Omitted.UnencodedFiles))))
            && (Contents is null
                || (Contents is { IndexSize: >= 0, ShallowSize: null or >= 0, TopLevel: >= 0 } && Contents.Packs.All(pack => pack.Value >= 0 && IsPack(pack.Key))));

    private static CloneMarker? Parse(ReadOnlySpan<byte> content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, StoreJson.Default.CloneMarker);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
        {
            // No marker, whatever the reader trips over.
            return null;
        }
    }

    private static bool IsPossibleList(OmittedPaths omitted)
        => omitted is { Count: >= 0, First.Count: <= OmittedPaths.MaximumShown } && omitted.First.All(path => IsText(path, LongestText));

    private static bool IsText(string? text, int longest) => text?.Length > 0 && text.Length <= longest && !text.Any(char.IsControl);

    private static bool IsPack(string name) => name.Length is > 0 and <= LongestName && name[0] != '.' && !name.AsSpan().ContainsAnyExcept(PackName);
}
