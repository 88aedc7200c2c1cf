using CodeRepoOperator.Remotes.GitFiles;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>
/// The pack of a clone that most of its files are in: of a new one the only one, of a sparse one that with the contents of its folders.
/// </summary>
internal sealed class LargestPack : IDisposable
{
    private readonly PackIndex _index;
    private readonly SafeFileHandle _pack;

    private LargestPack(string path)
    {
        _index = new PackIndex(Path.ChangeExtension(path, GitPaths.PackIndexExtension));
        _pack = File.OpenHandle(path);
    }

    /// <param name="packs">A repository's directory of packs, all of which this process has just checked.</param>
    /// <returns>Null: there is none.</returns>
    public static LargestPack? In(string packs) =>
        new DirectoryInfo(packs).EnumerateFiles("*" + GitPaths.PackExtension).MaxBy(file => file.Length) is { } largest
            ? new LargestPack(largest.FullName)
            : null;

    /// <summary>For one thread.</summary>
    public BlobReader NewReader() => new(_index, _pack);

    public void Dispose()
    {
        _index.Dispose();
        _pack.Dispose();
    }
}
