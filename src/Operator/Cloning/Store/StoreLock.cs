using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>The lock on the owner file of a store: one process on the volume has it, until it is disposed of or its process ends.</summary>
internal sealed class StoreLock : IDisposable
{
    private readonly StoreLayout _layout;

    private StoreLock(StoreLayout layout, SafeFileHandle file) => (_layout, File) = (layout, file);

    /// <summary>The owner file, which is empty where the store was not initialised.</summary>
    public SafeFileHandle File { get; }

    /// <summary>
    /// Whether the locked file is the owner file of what is mounted now: a volume that was emptied or exchanged takes the file with it, and
    /// its name then leads nowhere or elsewhere.
    /// </summary>
    /// <exception cref="IOException">The volume can't be looked at.</exception>
    public bool IsOnVolume() => FileSystem.IsAt(File, _layout.Owner);

    /// <summary>Takes the lock, and makes the owner file where there is none.</summary>
    /// <returns>The lock; null: what has the owner file's name is no file.</returns>
    /// <exception cref="IOException">Another process has the lock (EWOULDBLOCK), or the volume can't be used.</exception>
    public static StoreLock? Take(StoreLayout layout)
    {
        using var own = layout.Volume.Make(layout.Own);
        var file = own.OpenOrMakeFile(StoreVolume.NameOf(layout.Owner), out _);
        if (file is null)
        {
            return null;
        }

        try
        {
            FileSystem.Lock(file);
            return new StoreLock(layout, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public void Dispose() => File.Dispose();
}
