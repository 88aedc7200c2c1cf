using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Remotes;

/// <summary>The working tree is what git makes of the commit, however it came about.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class CheckoutTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Many_files_in_many_directories_are_what_git_makes_of_them()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        for (var i = 0; i < 2000; i++)
        {
            // Directories that sort differently with a slash at their end, one large and many small ones.
            var directory = (i % 4) switch
            {
                0 => "a",
                1 => $"a.{i % 50}/b",
                2 => $"a-/{i}",
                _ => "",
            };
            await File.WriteAllTextAsync(project.Path(Path.Combine(directory, $"f{i}")), new string('x', i), Token);
        }

        var commit = await project.PushAsync("main");
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone)).Succeeded);

        await ClonedTree.SoundAsync(clone, commit);
        Assert.Equal(ClonedTree.Listing(await ReferenceAsync(fixture)), ClonedTree.Listing(clone));
    }

    [Theory]
    [InlineData("")]
    [InlineData("* text=auto\n*.bat eol=crlf\n")]
    [InlineData("* text=auto eol=crlf\n*.bin -text\n*.sh eol=lf\n")]
    [InlineData("[attr]windows eol=crlf\n*.bat windows\nsub/*.txt crlf\n")]
    public async Task Line_ends_are_those_that_git_makes(string attributes)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await File.WriteAllTextAsync(project.Path(".gitattributes"), attributes, Token);
        await File.WriteAllTextAsync(project.Path("sub/.gitattributes"), "special text eol=crlf\n", Token);
        foreach (var name in new[] { "a.bat", "b.sh", "c.bin", "d.txt", "sub/e.txt", "sub/special", "sub/a.bat" })
        {
            await File.WriteAllTextAsync(project.Path(name), "one\ntwo\n", Token);
        }

        var commit = await project.PushAsync("main");
        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone)).Succeeded);

        Assert.Equal(ClonedTree.Listing(await ReferenceAsync(fixture)), ClonedTree.Listing(clone));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task An_update_links_what_did_not_change_and_leaves_the_older_tree_as_it_was()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        foreach (var name in new[] { "same", "deep/same", "changed", "gone", "now-executable", "now-a-directory", "altered" })
        {
            await File.WriteAllTextAsync(project.Path(name), $"{name}\n", Token);
        }

        await project.PushAsync("main");
        var old = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(old)).Succeeded);
        await File.AppendAllTextAsync(Path.Combine(old, "altered"), "by somebody", Token);
        var before = ClonedTree.Listing(old);
        await project.GitAsync("rm", "-q", "gone", "now-a-directory");
        File.SetUnixFileMode(project.Path("now-executable"), (UnixFileMode)0b_111_101_101);
        await File.WriteAllTextAsync(project.Path("changed"), "otherwise\n", Token);
        var commit = await project.CommitAsync("now-a-directory/file", "new\n");

        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, seed: old)).Succeeded);

        await ClonedTree.SoundAsync(clone, commit);
        Assert.Equal(ClonedTree.Listing(await ReferenceAsync(fixture)), ClonedTree.Listing(clone));
        Assert.Equal(before, ClonedTree.Listing(old));
        string[] linked = ["same", "deep/same"];
        string[] written = ["changed", "now-executable", "altered"];
        foreach (var name in linked)
        {
            Assert.Equal(await InodeAsync(old, name), await InodeAsync(clone, name));
        }

        foreach (var name in written)
        {
            Assert.NotEqual(await InodeAsync(old, name), await InodeAsync(clone, name));
        }

        // Removing the older tree changes nothing of the newer one, not even what git takes for a sign of change.
        Directory.Delete(old, recursive: true);
        Assert.Equal("", await GitCommand.RunAsync(clone, "diff-files"));
    }

    [Fact]
    public async Task An_update_that_changes_attributes_writes_all_files_anew()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await project.CommitAsync("a.bat", "one\ntwo\n");
        var old = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(old)).Succeeded);
        var commit = await project.CommitAsync(".gitattributes", "*.bat text eol=crlf\n");

        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, seed: old)).Succeeded);

        Assert.Equal("one\r\ntwo\r\n", await File.ReadAllTextAsync(Path.Combine(clone, "a.bat"), Token));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task An_update_of_a_clone_that_an_early_version_made_writes_what_is_converted_otherwise_now()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        await File.WriteAllTextAsync(project.Path(".gitattributes"), "*.c ident\n", Token);
        await project.CommitAsync("a.c", "// $Id$\n");
        var old = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(old)).Succeeded);

        // It left keywords as they were, and said so to git.
        await File.WriteAllTextAsync(Path.Combine(old, ".git", "info", "attributes"), "* -ident\n", Token);
        File.Delete(Path.Combine(old, "a.c"));
        await GitCommand.RunAsync(old, "checkout", "--", "a.c");
        Assert.Equal("// $Id$\n", await File.ReadAllTextAsync(Path.Combine(old, "a.c"), Token));
        var commit = await project.CommitAsync("b.c", "b\n");

        var clone = fixture.NewDirectory();
        Assert.True((await fixture.CloneAsync(clone, seed: old)).Succeeded);

        Assert.Equal(ClonedTree.Listing(await ReferenceAsync(fixture)), ClonedTree.Listing(clone));
        await ClonedTree.SoundAsync(clone, commit);
    }

    [Fact]
    public async Task An_encoding_that_a_file_can_not_have_is_named_by_a_clone_and_its_updates()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var blob = await BlobAsync(project, "é名\n");
        var attributes = await BlobAsync(
            project,
            "*.wide working-tree-encoding=UTF-16\n*.jis working-tree-encoding=SHIFT-JIS\n*.one working-tree-encoding=latin1\n"
        );
        await PushTreeAsync(
            project,
            await TreeAsync(
                project,
                ("100644", ".gitattributes"u8.ToArray(), attributes),
                ("100644", "a.jis"u8.ToArray(), blob),
                ("100644", "a.one"u8.ToArray(), blob),
                ("100644", "a.wide"u8.ToArray(), blob)
            )
        );
        var expected = new OmittedContent(
            new OmittedPaths(0, []),
            new OmittedPaths(0, []),
            new OmittedPaths(2, ["a.jis (SHIFT-JIS)", "a.one (latin1)"])
        );

        var clone = fixture.NewDirectory();
        var made = await fixture.CloneAsync(clone);
        var next = fixture.NewDirectory();
        var updated = await fixture.CloneAsync(next, seed: clone);

        Assert.Equal(expected, made.Value?.Omitted);
        Assert.Equal(expected, updated.Value?.Omitted);
        Assert.Equal("é名\n", await File.ReadAllTextAsync(Path.Combine(clone, "a.jis"), Token));
        Assert.Equal(
            Encoding.Unicode.GetPreamble().Concat(Encoding.Unicode.GetBytes("é名\n")),
            await File.ReadAllBytesAsync(Path.Combine(clone, "a.wide"), Token)
        );
        Assert.Equal(await InodeAsync(clone, "a.wide"), await InodeAsync(next, "a.wide"));
    }

    [Fact]
    public async Task Names_need_not_be_text()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var blob = await BlobAsync(project, "content\n");
        var tree = await TreeAsync(
            project,
            ("100644", [0xff, 0xfe, .. " name"u8], blob),
            ("100664", Encoding.ASCII.GetBytes(new string('n', 255)), blob)
        );
        await PushTreeAsync(project, tree);

        var clone = fixture.NewDirectory();
        var made = await fixture.CloneAsync(clone);

        Assert.True(made.Succeeded, made.Failure?.Message);
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));
        Assert.Equal(2, Directory.GetFiles(clone).Length);
        Assert.True(DirectoryTree.SizeOf(clone) > 0);
        DirectoryTree.Delete(clone);
        Assert.False(Directory.Exists(clone));
    }

    [Theory]
    [InlineData("a file twice", "the path")]
    [InlineData("a link and a directory of one name", "twin")]
    [InlineData("a name of 300 bytes", "nnnnnnnn")]
    [InlineData("a path of 5,000 bytes", "more than 4095 bytes")]
    [InlineData("a name with a backslash that leads to .git", @".GIT\config")]
    [InlineData(".git as a stream of NTFS", ".git::$INDEX_ALLOCATION")]
    public async Task A_tree_that_can_not_be_made_is_refused_and_nothing_is_written_outside(string hostile, string shown)
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var blob = await BlobAsync(project, "pwned");
        var inner = await TreeAsync(project, ("100644", "file"u8.ToArray(), blob));
        var target = await BlobAsync(project, fixture.Root);
        var tree = hostile switch
        {
            "a file twice" => await TreeAsync(project, ("100644", "the path"u8.ToArray(), blob), ("100644", "the path"u8.ToArray(), blob)),
            "a link and a directory of one name" => await TreeAsync(
                project,
                ("120000", "twin"u8.ToArray(), target),
                ("40000", "twin"u8.ToArray(), inner)
            ),
            "a name of 300 bytes" => await TreeAsync(project, ("100644", Encoding.ASCII.GetBytes(new string('n', 300)), blob)),
            "a path of 5,000 bytes" => await NestedAsync(project, inner, 50, new string('d', 100)),
            _ => await TreeAsync(project, ("100644", Encoding.ASCII.GetBytes(shown), blob)),
        };
        await PushTreeAsync(project, tree);
        var served = Directory.GetFileSystemEntries(fixture.Root);

        var made = await fixture.CloneAsync(fixture.NewDirectory());

        Assert.True(made.Failure?.Reason == Reasons.Unsupported, made.Failure?.Message ?? "cloned");
        Assert.Contains(shown, made.Failure!.Message, StringComparison.Ordinal);
        Assert.Contains("remove or rename it", made.Failure!.Message, StringComparison.Ordinal);
        Assert.Equal(served, Directory.GetFileSystemEntries(fixture.Root));
    }

    [Theory]
    [InlineData("bytes of pack and files together")]
    [InlineData("bytes of the files")]
    [InlineData("files")]
    [InlineData("memory")]
    public async Task A_clone_beyond_its_quota_is_too_large(string quota)
    {
        var options = new GitOptions
        {
            PermittedNetworks = ["127.0.0.0/8"],
            MaxCloneBytes = 2_000_000,
            MaxCloneFiles = 5000,
        };
        options.MaxCloneMemory = 256_000_000;
        options.MaxCloneBytes = quota switch
        {
            "memory" => 10_000_000_000,
            "bytes of pack and files together" => 4_000_000,
            _ => options.MaxCloneBytes,
        };
        await using var fixture = await RemoteFixture.StartAsync(options: options);
        var project = await fixture.ProjectAsync();
        var hint = quota switch
        {
            "files" => "Git:MaxCloneFiles",
            "memory" => "Git:MaxCloneMemory",
            _ => "Git:MaxCloneBytes",
        };
        switch (quota)
        {
            case "bytes of pack and files together":
                await File.WriteAllBytesAsync(
                    project.Path("noise"),
                    System.Security.Cryptography.RandomNumberGenerator.GetBytes(3_000_000),
                    Token
                );
                await project.PushAsync("main");
                break;
            case "bytes of the files":
                await project.CommitAsync("zeros", new string('0', 3_000_000));
                break;
            case "files":
                // Ten files, and four directories above one another that each name the one below ten times.
                var tree = await BlobAsync(project, "x");
                tree = await TreeAsync(
                    project,
                    [.. Enumerable.Range(0, 10).Select(i => ("100644", Encoding.ASCII.GetBytes($"{i}"), tree))]
                );
                for (var level = 0; level < 4; level++)
                {
                    tree = await TreeAsync(
                        project,
                        [.. Enumerable.Range(0, 10).Select(i => ("40000", Encoding.ASCII.GetBytes($"{i}"), tree))]
                    );
                }

                await PushTreeAsync(project, tree);
                break;
            default:
                await using (var zeros = File.Create(project.Path("zeros")))
                {
                    zeros.SetLength(600_000_000);
                }

                await project.PushAsync("main");
                break;
        }

        var clone = fixture.NewDirectory();
        var made = await fixture.CloneAsync(clone);

        Assert.True(made.Failure?.Reason == Reasons.TooLarge, made.Failure?.Message ?? "cloned");
        Assert.Contains(hint, made.Failure!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFileSystemEntries(clone), entry => Path.GetFileName(entry) != ".git");
    }

    [Fact]
    public async Task Submodules_and_LFS_files_are_left_out_and_named_by_a_clone_and_its_updates()
    {
        await using var fixture = await RemoteFixture.StartAsync();
        var project = await fixture.ProjectAsync();
        var pointer = $"version https://git-lfs.github.com/spec/v1\noid sha256:{new string('a', 64)}\nsize 12345\n";
        await File.WriteAllTextAsync(project.Path(".gitattributes"), "*.bin filter=lfs diff=lfs merge=lfs -text\n", Token);
        await File.WriteAllTextAsync(project.Path("big.bin"), pointer, Token);
        await File.WriteAllTextAsync(project.Path("plain.txt"), "plain\n", Token);
        await project.GitAsync("add", ".");
        for (var i = 0; i < 7; i++)
        {
            await project.GitAsync("update-index", "--add", "--cacheinfo", $"160000,{new string('1', 40)},libs/{i}");
        }

        await project.GitAsync("commit", "-q", "-m", "omitted");
        await project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/main");
        var omitted = new OmittedContent(
            new OmittedPaths(7, ["libs/0", "libs/1", "libs/2", "libs/3", "libs/4"]),
            new OmittedPaths(1, ["big.bin"])
        );

        var clone = fixture.NewDirectory();
        Assert.Equal(omitted, (await fixture.CloneAsync(clone)).Value?.Omitted);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(clone, "libs", "0")));
        Assert.Equal(pointer, await File.ReadAllTextAsync(Path.Combine(clone, "big.bin"), Token));
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));

        await File.WriteAllTextAsync(project.Path("plain.txt"), "changed\n", Token);
        await project.GitAsync("commit", "-q", "-m", "changed", "plain.txt");
        await project.GitAsync("push", "-q", "origin", "HEAD:refs/heads/main");
        var next = fixture.NewDirectory();
        Assert.Equal(omitted, (await fixture.CloneAsync(next, seed: clone)).Value?.Omitted);
        Assert.Equal("", await GitCommand.RunAsync(next, "status", "--porcelain"));
    }

    private static async Task<string> ReferenceAsync(RemoteFixture fixture)
    {
        var reference = fixture.NewDirectory();
        await GitCommand.RunAsync("/", "clone", "-q", "--depth", "1", fixture.Server.UrlOf("project.git"), reference);
        return reference;
    }

    private static async Task<string> InodeAsync(string clone, string name) =>
        (
            await ProcessRunner.RunAsync(
                "stat",
                ["-c", "%i", Path.Combine(clone, name)],
                new Dictionary<string, string>(StringComparer.Ordinal),
                "",
                Token
            )
        ).OutputOrThrow();

    private static async Task<string> BlobAsync(GitProject project, string content)
    {
        await File.WriteAllTextAsync(project.Path("blob.raw"), content, Token);
        return await project.GitAsync("hash-object", "-w", "blob.raw");
    }

    // git mktree refuses such names; a tree object is "mode name NUL hash", again and again.
    private static async Task<string> TreeAsync(GitProject project, params (string Mode, byte[] Name, string Hash)[] entries)
    {
        var raw = entries.SelectMany(entry =>
            Encoding.ASCII.GetBytes($"{entry.Mode} ").Concat(entry.Name).Append((byte)0).Concat(Convert.FromHexString(entry.Hash))
        );
        await File.WriteAllBytesAsync(project.Path("tree.raw"), [.. raw], Token);
        return await project.GitAsync("hash-object", "-t", "tree", "-w", "--literally", "tree.raw");
    }

    private static async Task<string> NestedAsync(GitProject project, string tree, int levels, string name)
    {
        for (var level = 0; level < levels; level++)
        {
            tree = await TreeAsync(project, ("40000", Encoding.ASCII.GetBytes(name), tree));
        }

        return tree;
    }

    private static async Task PushTreeAsync(GitProject project, string tree)
    {
        var commit = await project.GitAsync("commit-tree", "-m", "hostile", tree);
        await project.GitAsync("push", "-q", "origin", $"{commit}:refs/heads/main");
    }
}
