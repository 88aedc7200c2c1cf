namespace CodeRepoOperator.Machinery.Git;

/// <summary>A repository with all that makes a working tree differ from plain files.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal static class OddProject
{
    /// <summary>A directory of a submodule, empty in a clone.</summary>
    public const string Submodule = "sub/module";

    /// <summary>Commits it.</summary>
    public static async Task<string> FillAsync(GitProject project, CancellationToken cancellationToken)
    {
        async Task WriteAsync(string file, string content) => await File.WriteAllTextAsync(project.Path(file), content, cancellationToken);
        await WriteAsync(
            ".gitattributes",
            "*.bat text eol=crlf\n*.unix text eol=lf\n*.auto text=auto\n*.crlf -text\n*.id ident\n*.utf16 text "
                + "working-tree-encoding=UTF-16\n"
        );
        await WriteAsync("dos.bat", "echo one\r\necho two\r\n");
        await WriteAsync("lines.unix", "one\ntwo\n");
        await WriteAsync("mixed.auto", "one\r\ntwo\nthree\r\r\n");
        await WriteAsync("kept.crlf", "one\r\ntwo\n");
        await WriteAsync("expand.id", "$Id$\n");
        await File.WriteAllTextAsync(project.Path("wide.utf16"), "wide\nä\n", System.Text.Encoding.Unicode, cancellationToken);
        await WriteAsync("src/empty.txt", "");
        await WriteAsync("src/deep/er/file.txt", "deep\n");
        await WriteAsync("odd/ä 'quoted' \"name\"\n-x.txt", "odd\n");
        await WriteAsync("-rf", "dash\n");
        await WriteAsync("src/run.sh", "#!/bin/sh\n");
        File.SetUnixFileMode(project.Path("src/run.sh"), (UnixFileMode)0b_111_101_101);
        File.CreateSymbolicLink(project.Path("link"), "src/run.sh");
        File.CreateSymbolicLink(project.Path("directory-link"), "src");
        File.CreateSymbolicLink(project.Path("dangling"), "../../nowhere/ä");
        var noise = new byte[3_000_000];
#pragma warning disable CA5394 // Noise that does not compress; no secret.
        new Random(7).NextBytes(noise);
#pragma warning restore CA5394
        await File.WriteAllBytesAsync(project.Path("big.bin"), noise, cancellationToken);
        Directory.CreateDirectory(project.Path(Submodule));
        await project.GitAsync("add", "-A");
        await project.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},{Submodule}");
        await project.GitAsync("commit", "-q", "-m", "odd");
        await project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/main");
        return await project.GitAsync("rev-parse", "HEAD");
    }
}
