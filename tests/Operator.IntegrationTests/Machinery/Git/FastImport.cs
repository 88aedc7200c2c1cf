namespace CodeRepoOperator.Machinery.Git;

/// <summary>Commits what no filter of git's has touched, thousands of files at once.</summary>
internal static class FastImport
{
    /// <summary>Adds to a served repository what <c>git fast-import</c> reads.</summary>
    public static async Task RunAsync(GitProject project, byte[] stream, CancellationToken cancellationToken)
    {
        var file = project.Path("stream");
        await File.WriteAllBytesAsync(file, stream, cancellationToken);
        var import = $"git -C '{project.Bare}' fast-import --quiet < '{file}'";
        (
            await ProcessRunner.RunAsync(
                "sh",
                ["-c", import],
                new Dictionary<string, string>(StringComparer.Ordinal),
                "",
                cancellationToken
            )
        ).OutputOrThrow();
    }
}
