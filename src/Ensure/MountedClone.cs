using System.Runtime.InteropServices;
using System.Text.Json;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Ensure;

/// <summary>
/// A clone where consumers read it: below the volume, or below the directory of its namespace, whichever is mounted. A clone is
/// complete when its marker is there, which is written before it is put in its place; no repository can bring one along, for
/// nothing in it may be called <c>.git</c>.
/// </summary>
internal sealed partial class MountedClone
{
    private const string Marker = ".git/coderepo.json";

    /// <summary>In bytes; far more than a marker has.</summary>
    private const int LongestMarker = 1 << 20;

    // Linux, on every architecture.
    private const int NotBlocking = 0x800; // O_NONBLOCK
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    private string? _uid;
    private string? _url;
    private string? _wantedBranch;
    private string? _branch;
    private int? _depth;

    private MountedClone(string directory) => Directory = directory;

    /// <summary>Its directory.</summary>
    public string Directory { get; }

    /// <summary>The commit that is checked out; null: its marker does not say.</summary>
    public string? Commit { get; private set; }

    // One that follows the remote's HEAD is of the branch that it found there.
    private string? Branch => _wantedBranch ?? _branch;

    /// <summary>Looks for the clone of a CodeRepo, of whatever it is.</summary>
    /// <returns>The clone; null: it is not there, or not to be seen.</returns>
    public static MountedClone? Find(EnsureArguments desired)
    {
        var whole = Path.Join(desired.Store, desired.Namespace, desired.Name);
        var part = Path.Join(desired.Store, desired.Name);
        return Read(whole, desired.Uid) ?? Read(part, desired.Uid);
    }

    /// <summary>What distinguishes it from what was asked for.</summary>
    /// <param name="desired">What was asked for; what was not, it may be of any.</param>
    /// <returns>How it differs, in words for whoever asked; null: it does not.</returns>
    public string? Difference(EnsureArguments desired) =>
        desired.Url is { } url && !IsSameRepository(url, _url) ? "is of another URL than --url"
        : desired.Branch is { } branch && branch != Branch
            ? $"is of {(Branch is null ? "a detached HEAD" : $"the branch {Branch}")}, not {branch}"
        : desired.Depth is { } depth && depth != _depth ? $"has the depth {_depth}, not {depth}"
        : null;

    private static bool IsSameRepository(string url, string? other) =>
        url == other || (RepoIdentity.TryParse(url) is { } repository && repository == RepoIdentity.TryParse(other));

    /// <returns>The clone in a directory; null: there is none, or it is another CodeRepo's.</returns>
    private static MountedClone? Read(string directory, string? uid)
    {
        try
        {
            if (Read(Path.Join(directory, Marker)) is not { } bytes)
            {
                return null;
            }

            var clone = new MountedClone(directory);
            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName)
                {
                    clone.Take(ref reader);
                }
            }

            return clone._uid is not null && (uid is null || uid == clone._uid) ? clone : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private void Take(ref Utf8JsonReader reader)
    {
        var name = reader.GetString();
        reader.Read();
        if (reader.TokenType == JsonTokenType.Number && name == "depth" && reader.TryGetInt32(out var depth))
        {
            _depth = depth;
        }
        else if (reader.TokenType == JsonTokenType.String)
        {
            _ = name switch
            {
                "uid" => _uid = reader.GetString(),
                "url" => _url = reader.GetString(),
                "wantedBranch" => _wantedBranch = reader.GetString(),
                "branch" => _branch = reader.GetString(),
                "commit" => Commit = reader.GetString(),
                _ => null,
            };
        }
    }

    /// <summary>Reads a small file. A FIFO in its place would make a usual open wait for ever.</summary>
    private static byte[]? Read(string path)
    {
        using var file = open(path, NotBlocking | CloseOnExec);
        if (file.IsInvalid)
        {
            return null;
        }

        long length;
        try
        {
            length = RandomAccess.GetLength(file);
        }
        catch (NotSupportedException)
        {
            // It is no file.
            return null;
        }

        if (length > LongestMarker)
        {
            return null;
        }

        var bytes = new byte[length];
        return RandomAccess.Read(file, bytes, fileOffset: 0) == bytes.Length ? bytes : null;
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle open(string path, int flags);
}
