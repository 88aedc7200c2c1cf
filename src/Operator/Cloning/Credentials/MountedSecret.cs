namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>A Secret that the kubelet has mounted, or a directory like it: a file for each key.</summary>
internal static class MountedSecret
{
    // Where the kubelet has the files of now: a link that it exchanges as a whole.
    private const string Current = "..data";

    // The kubelet writes at most once a minute or so.
    private const int MaximumTries = 5;

    /// <summary>Reads all keys as they were at one instant: never the name of one user with the password of another.</summary>
    /// <exception cref="IOException">A file can't be read.</exception>
    /// <exception cref="UnauthorizedAccessException">A file may not be read.</exception>
    public static async Task<IReadOnlyDictionary<string, byte[]>> ReadAsync(
        string directory,
        IEnumerable<string> keys,
        CancellationToken cancellationToken
    )
    {
        for (var tries = 1; ; tries++)
        {
            var before = Version(directory);
            try
            {
                var values = await ReadFilesAsync(before ?? directory, keys, cancellationToken);
                if (Version(directory) == before || tries == MaximumTries)
                {
                    return values;
                }
            }
            catch (IOException) when (tries < MaximumTries && Version(directory) != before)
            {
                // The files of before are gone.
            }
        }
    }

    private static async Task<Dictionary<string, byte[]>> ReadFilesAsync(
        string directory,
        IEnumerable<string> keys,
        CancellationToken cancellationToken
    )
    {
        var values = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            var file = Path.Combine(directory, key);
            if (File.Exists(file))
            {
                values[key] = await File.ReadAllBytesAsync(file, cancellationToken);
            }
        }

        return values;
    }

    private static string? Version(string directory)
    {
        var link = new DirectoryInfo(Path.Combine(directory, Current));
        return link.LinkTarget is { } target ? Path.Combine(directory, target) : null;
    }
}
