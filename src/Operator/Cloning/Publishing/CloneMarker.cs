using System.Text.Json;
using CodeRepoOperator.Cloning.Remotes;

namespace CodeRepoOperator.Cloning.Publishing;

/// <summary>
/// Says inside a clone's <c>.git</c> what it is a complete clone of. Written last, so a clone without one was never
/// finished.
/// </summary>
/// <param name="Uid">Uid of the CodeRepo.</param>
/// <param name="Url">The remote.</param>
/// <param name="WantedBranch">The branch that the spec names; null: the remote's HEAD.</param>
/// <param name="Branch">The branch that is checked out.</param>
/// <param name="Commit">The commit that is checked out.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="ClonedAt">When.</param>
/// <param name="Contents">What it consists of; null: published by a version that did not note it.</param>
/// <param name="Omitted">What the commit refers to and the clone does not have; null: nothing.</param>
/// <param name="CommittedAt">When the commit was made, in seconds since 1970; null: published by a version that did not note it.</param>
internal sealed record CloneMarker(
    string Uid,
    string Url,
    string? WantedBranch,
    string Branch,
    string Commit,
    int Depth,
    DateTimeOffset ClonedAt,
    CloneContents? Contents = null,
    OmittedContent? Omitted = null,
    long? CommittedAt = null)
{
    /// <summary>Reads a marker.</summary>
    /// <returns>The marker; null: the file does not hold one.</returns>
    /// <exception cref="IOException">The file is not there or can't be read.</exception>
    public static CloneMarker? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), StoreJson.Default.CloneMarker);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Looks for a marker.</summary>
    /// <returns>The marker; null: there is none.</returns>
    /// <exception cref="IOException">It can't be read.</exception>
    public static CloneMarker? Find(string path) => File.Exists(path) ? Read(path) : null;

    /// <summary>Writes the marker.</summary>
    public void Write(string path) => File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(this, StoreJson.Default.CloneMarker));

    /// <summary>Whether this is a clone of what is wanted; how new it is does not matter.</summary>
    public bool Meets(WantedClone wanted)
        => Uid == wanted.Uid && Url == wanted.Url.ToString() && WantedBranch == wanted.Branch?.ToString() && Depth == wanted.Depth;
}
