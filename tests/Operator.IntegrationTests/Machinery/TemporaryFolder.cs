namespace CodeRepoOperator.Machinery;

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("coderepo-");

    public string Path => _folder.FullName;

    /// <summary>Makes an empty folder in it.</summary>
    public string New(string name) => _folder.CreateSubdirectory(name).FullName;

    public void Dispose() => _folder.Delete(recursive: true);
}
