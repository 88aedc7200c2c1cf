using System.Text;
using System.Text.Json;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>Makes an empty volume a store of this shard, and refuses one that is somebody else's.</summary>
/// <param name="layout">The volume.</param>
/// <param name="shard">The shard.</param>
internal sealed class StoreInitialization(StoreLayout layout, int shard)
{
    private const int Format = 1;

    /// <summary>In bytes; ours has about 25.</summary>
    private const int LongestOwnerFile = 64 * 1024;

    /// <summary>Looks whether the volume is missing, or has content that is not an operator's.</summary>
    /// <returns>Why it is not to be touched; null: it is empty, or has an owner file.</returns>
    /// <exception cref="IOException">It can't be looked at.</exception>
    public CloneFailure? ForeignContent()
    {
        using var root = layout.Volume.Find(layout.Root);
        if (root is null)
        {
            return Unavailable($"Store:Root {layout.Root} does not exist; mount the volume there.");
        }

        if (root.Look(StoreVolume.NameOf(layout.Own)) is { IsDirectory: false })
        {
            return Unavailable($"{layout.Own} is a link or a file, and no directory: remove it, or give this shard an empty volume.");
        }

        // A directory of ours without an owner file is a store whose initialisation was cut short.
        var foreign = layout.Volume.Look(layout.Owner) is not null
            ? null
            : root.Names()
                .Select(Encoding.UTF8.GetString)
                .FirstOrDefault(name => Path.Combine(layout.Root, name) != layout.Own && name != StoreLayout.LostAndFound);
        return foreign is null
            ? null
            : Unavailable(
                $"Store:Root {layout.Root} is not empty ({RemoteText.Escaped(foreign)}) and is not a store of this operator; "
                    + "give it an empty volume."
            );
    }

    /// <summary>Writes the owner file if it is empty; otherwise reads whose store this is.</summary>
    /// <param name="file">The owner file, locked.</param>
    /// <returns>Why the store is not this shard's; null: it is.</returns>
    /// <exception cref="IOException">The file can't be read or written.</exception>
    public CloneFailure? WriteOrVerify(SafeFileHandle file)
    {
        var ours = new OwnerFile(Format, shard);

        // One byte more than it may have: a longer one is not ours.
        var content = OpenDirectory.Content(file, LongestOwnerFile + 1);
        if (content.Length == 0)
        {
            RandomAccess.Write(file, JsonSerializer.SerializeToUtf8Bytes(ours, StoreJson.Default.OwnerFile), fileOffset: 0);
            RandomAccess.FlushToDisk(file);
            return null;
        }

        var owner = content.Length > LongestOwnerFile ? null : Parse(content);
        return owner == ours
            ? null
            : Unavailable(
                $"The store in {layout.Root} is of another shard or of a version that this one does not know ({owner}); "
                    + $"this is shard {shard}, format {Format}."
            );
    }

    /// <returns>What the owner file says; null: it can't be read, so it is not ours.</returns>
    private static OwnerFile? Parse(byte[] content)
    {
        try
        {
            return JsonSerializer.Deserialize(content, StoreJson.Default.OwnerFile);
        }
        catch (Exception error)
            when (error is JsonException or InvalidOperationException or NotSupportedException or ArgumentException or FormatException)
        {
            return null;
        }
    }

    private static CloneFailure Unavailable(string message) => new(Reasons.StoreUnavailable, message);
}
