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

    private LargestPack(string path, PackIndex index) => (_pack, _index) = (File.OpenHandle(path), index);

    /// <param name="packs">A repository's directory of packs, all of which this process has just checked.</param>
    /// <returns>Null: there is none that is known here.</returns>
    public static LargestPack? In(string packs) =>
        new DirectoryInfo(packs).EnumerateFiles("*" + GitPaths.PackExtension).MaxBy(file => file.Length) is { } largest
        && PackIndex.Open(Path.ChangeExtension(largest.FullName, GitPaths.PackIndexExtension)) is { } index
            ? new LargestPack(largest.FullName, index)
            : null;

    /// <summary>For one thread.</summary>
    public BlobReader NewReader() => new(_index, _pack);

    public void Dispose()
    {
        _index.Dispose();
        _pack.Dispose();
    }
}
