using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Ensuring;

/// <summary>
/// Looks for a clone where consumers read it: below the volume, or below the folder of its namespace, whichever is mounted. A clone is
/// complete when its marker is there, which is written before it is put in its place; no repository can bring one along, for
/// nothing in it may be called <c>.git</c>.
/// </summary>
internal static partial class MountedClone
{
    private const string Marker = ".git/coderepo.json";

    /// <summary>In bytes; far more than a marker has.</summary>
    private const int LongestMarker = 1 << 20;

    // Linux, on every architecture.
    private const int NotBlocking = 0x800; // O_NONBLOCK
    private const int CloseOnExec = 0x80000; // O_CLOEXEC

    /// <summary>Looks.</summary>
    /// <returns>The clone's folder; null: it is not there, or not to be seen.</returns>
    public static string? Find(EnsureArguments wanted)
    {
        var whole = Path.Join(wanted.Store, wanted.Namespace, wanted.Name);
        var part = Path.Join(wanted.Store, wanted.Name);
        return IsClone(whole, wanted.Uid) ? whole : IsClone(part, wanted.Uid) ? part : null;
    }

    /// <summary>Tells where it is, on the standard output. By the stream itself: a writer of text would be the larger part of what is loaded.</summary>
    public static void Tell(string clone)
    {
        using var output = Console.OpenStandardOutput();
        output.Write(Encoding.UTF8.GetBytes(clone + '\n'));
    }

    private static bool IsClone(string folder, string? uid)
    {
        try
        {
            if (Read(Path.Join(folder, Marker)) is not { } bytes)
            {
                return false;
            }

            var reader = new Utf8JsonReader(bytes);
            while (reader.Read())
            {
                if (reader.CurrentDepth == 1 && reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("uid"u8))
                {
                    return reader.Read() && reader.TokenType == JsonTokenType.String && (uid is null || reader.ValueTextEquals(uid));
                }
            }

            return false;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            return false;
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
