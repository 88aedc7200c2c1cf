using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>Trees that no server of git's would send, and what is read of those that one might.</summary>
public sealed class TreeListingTests : IDisposable
{
    private static readonly TreeLimits Limits = new(1000, 100_000);

    private static readonly byte[] Id = [.. Enumerable.Repeat((byte)0x11, ObjectId.Length)];

    private readonly DirectoryInfo _objects = Directory.CreateTempSubdirectory("coderepo-objects-");

    public void Dispose() => _objects.Delete(recursive: true);

    [Theory]
    [InlineData("100abc")]
    [InlineData("100684")]
    [InlineData("100644x")]
    [InlineData("")]
    [InlineData("-1")]
    [InlineData("+100644")]
    [InlineData("100644\t")]
    public void A_mode_that_is_no_number_is_unsupported(string mode) =>
        AssertRefused("a tree that git can't read either", Entry(mode, "name"));

    [Theory]
    [InlineData("100644")]
    [InlineData("100644 name")]
    [InlineData("100644 name\0short")]
    [InlineData("100\0644 name")]
    public void A_tree_that_is_cut_short_is_unsupported(string text) =>
        AssertRefused("a tree that git can't read either", Entry("100644", "first"), Encoding.ASCII.GetBytes(text));

    [Fact]
    public void An_empty_name_is_unsupported() => AssertRefused("can't be checked out safely", Entry("100644", ""));

    [Theory]
    [InlineData("100644")]
    [InlineData("120000")]
    [InlineData("160000")]
    [InlineData("40000")]
    public void An_entry_of_the_null_object_is_unsupported(string mode) =>
        AssertRefused("(name, which names the null object)", [.. Encoding.ASCII.GetBytes($"{mode} name\0"), .. new byte[ObjectId.Length]]);

    [Theory]
    [InlineData("100644", TreeFile.Regular)]
    [InlineData("100664", TreeFile.Regular)]
    [InlineData("0100444", TreeFile.Regular)]
    [InlineData("1100600", TreeFile.Regular)]
    [InlineData("777777777777777100644", TreeFile.Regular)]
    [InlineData("100775", TreeFile.Executable)]
    [InlineData("100100", TreeFile.Executable)]
    [InlineData("100011", TreeFile.Regular)]
    [InlineData("120777", TreeFile.SymbolicLink)]
    [InlineData("160755", TreeFile.Submodule)]
    [InlineData("644", TreeFile.Submodule)]
    [InlineData("0", TreeFile.Submodule)]
    [InlineData("10000", TreeFile.Submodule)]
    public void Modes_are_taken_as_git_takes_them(string mode, uint canonical) =>
        Assert.Equal(canonical, Assert.Single(Read(Entry(mode, "name"))[0].Files).Mode);

    [Theory]
    [InlineData("40000")]
    [InlineData("040000")]
    [InlineData("40755")]
    public void Directories_have_any_mode_of_theirs(string mode)
    {
        var inner = Write(Entry("100644", "file"));

        var directories = Read([.. Encoding.ASCII.GetBytes($"{mode} directory\0"), .. inner]);

        Assert.Equal("directory/file", Encoding.ASCII.GetString(Assert.Single(directories[1].Files).Path));
    }

    [Fact]
    public void Directories_nested_as_deep_as_paths_go_are_read()
    {
        var tree = Write(Entry("100644", "f"));
        for (var level = 0; level < 2047; level++)
        {
            tree = Write([.. "40000 d\0"u8, .. tree]);
        }

        using var reader = new ObjectReader(_objects.FullName);
        var directories = TreeListing.Read(reader, new ObjectId(tree), TreeLimits.None);

        Assert.Equal(2048, directories.Count);
        Assert.Equal(4095, Assert.Single(directories[^1].Files).Path.Length);
    }

    [Fact]
    public void Paths_beyond_the_limit_are_too_large()
    {
        // 901 bytes of names, 3 × 100 × 203 of paths.
        var names = Write([.. Enumerable.Range(0, 100).SelectMany(i => Entry("100644", $"{i:D2}"))]);
        var middle = Write([.. Encoding.ASCII.GetBytes($"40000 {new string('n', 199)}\0"), .. names]);
        byte[] root = [.. "40000 a\0"u8, .. middle, .. "40000 b\0"u8, .. middle, .. "40000 c\0"u8, .. middle];

        Assert.Equal(7, Read(root).Count);
        var failure = Assert.Throws<RemoteFailureException>(() => Read(root, Limits with { PathBytes = 50_000 })).Failure;
        Assert.Equal(Reasons.TooLarge, failure.Reason);
        Assert.Contains("Git:MaxCloneMemory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_larger_than_an_array_is_too_large()
    {
        var failure = GitObject.TooLarge(2_200_000_000).Failure;

        Assert.Equal(Reasons.TooLarge, failure.Reason);
        Assert.Contains("2200000000 bytes", failure.Message, StringComparison.Ordinal);
    }

    private void AssertRefused(string shown, params byte[][] entries)
    {
        var failure = Assert.Throws<RemoteFailureException>(() => Read([.. entries.SelectMany(entry => entry)])).Failure;

        Assert.Equal(Reasons.Unsupported, failure.Reason);
        Assert.Contains(shown, failure.Message, StringComparison.Ordinal);
    }

    private List<TreeDirectory> Read(byte[] root, TreeLimits? limits = null)
    {
        using var reader = new ObjectReader(_objects.FullName);
        return TreeListing.Read(reader, new ObjectId(Write(root)), limits ?? Limits);
    }

    private static byte[] Entry(string mode, string name) => [.. Encoding.ASCII.GetBytes($"{mode} {name}\0"), .. Id];

    /// <summary>Writes a tree as git writes it that is in no pack.</summary>
    private byte[] Write(byte[] tree)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes($"tree {tree.Length}\0"), .. tree];
#pragma warning disable CA5350 // Git's format.
        var id = SHA1.HashData(content);
#pragma warning restore CA5350
        var name = Convert.ToHexStringLower(id);
        var directory = _objects.CreateSubdirectory(name[..2]);
        using var file = File.Create(Path.Combine(directory.FullName, name[2..]));
        using var compressed = new ZLibStream(file, CompressionLevel.Fastest);
        compressed.Write(content);
        return id;
    }
}
