using System.Text;
using System.Text.Json;

namespace CodeRepoOperator.Ensuring;

/// <summary>
/// Looks for a clone where consumers read it: below the volume, or below the folder of its namespace, whichever is mounted. A clone is
/// complete when its marker is there, which is written before it is put in its place; no repository can bring one along, for
/// nothing in it may be called <c>.git</c>.
/// </summary>
internal static class MountedClone
{
    private const string Marker = ".git/coderepo.json";

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
            var bytes = File.ReadAllBytes(Path.Join(folder, Marker));
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
}
