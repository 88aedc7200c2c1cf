using CodeRepoOperator.Ensure;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Text;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Layering;

/// <summary>Holds the folders of the product to <see cref="Layers"/>.</summary>
public sealed class LayeringTests(ITestOutputHelper output)
{
    private static readonly FolderGraph Graph = FolderGraph.Of(
        typeof(CodeRepo).Assembly,
        typeof(ForeignText).Assembly,
        typeof(LinkedTimeout).Assembly,
        typeof(GitRemote).Assembly,
        typeof(Cloner).Assembly,
        typeof(EnsureCommand).Assembly,
        typeof(ExitCodes).Assembly,
        typeof(Product).Assembly);

    public static TheoryData<string> FoldersWithFolders => [.. Layers.Below.Keys];

    [Fact]
    public void Top_folders_use_those_that_are_listed() => Hold(TopOf, Layers.Top);

    [Theory]
    [MemberData(nameof(FoldersWithFolders))]
    public void Folders_use_those_beside_them_that_are_listed(string top) => Hold(folder => BelowOf(folder, top), Layers.Below[top]);

    [Fact]
    public void Others_use_the_folders_of_Cloning_that_are_listed()
    {
        var found = Graph.Arrows(TopOf, folder => BelowOf(folder, "Cloning")).Where(user => user.Key != "Cloning");

        Assert.Equal(Layers.OfCloning.Split('\n'), found.Select(user => $"{user.Key}: {string.Join(' ', user.Value)}"));
    }

    [Fact]
    public void Each_top_folder_that_has_folders_is_listed()
    {
        var with = Graph.Folders.Where(folder => folder.Count(letter => letter == '.') > 1).Select(TopOf).Distinct();

        Assert.Equal(Layers.Below.Keys.Order(StringComparer.Ordinal), with.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_folder_uses_one_that_uses_it_by_whatever_way()
    {
        var left = Graph.At(folder => folder);
        var layers = new List<string>();
        while (left.Count > 0)
        {
            var layer = left.Where(folder => !folder.Value.Any(left.ContainsKey)).Select(folder => folder.Key).ToList();
            Assert.True(layer.Count > 0, $"These use each other in a circle, or what does: {string.Join(", ", left.Keys)}");
            layers.Add(string.Join(", ", layer));
            layer.ForEach(folder => left.Remove(folder));
        }

        output.WriteLine($"{Graph.Folders.Count} folders in {layers.Count} layers, from the bottom:");
        layers.ForEach(output.WriteLine);
    }

    [Fact]
    public void Libraries_have_one_home()
    {
        foreach (var (library, home) in Layers.Homes)
        {
            var users = Graph.UsersOf(library).ToList();
            Assert.NotEmpty(users);
            Assert.All(users, user => Assert.StartsWith($"{FolderGraph.Product}.{home}", user, StringComparison.Ordinal));
        }
    }

    private static string TopOf(string folder) => folder == FolderGraph.Product ? "Program" : folder.Split('.')[1];

    private static string? BelowOf(string folder, string top)
    {
        var path = folder.Split('.');
        return path.ElementAtOrDefault(1) != top ? null : path.ElementAtOrDefault(2) ?? "Top";
    }

    private static void Hold(Func<string, string?> name, string listed)
    {
        var allowed = listed.Split('\n').Select(line => line.Split(':')).ToDictionary(
            line => line[0], line => line[1].Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
        var found = Graph.At(name);

        Assert.Equal(allowed.Keys.Order(StringComparer.Ordinal), found.Keys);
        foreach (var (folder, used) in found)
        {
            var added = used.Except(allowed[folder]).SelectMany(other => Graph.Reasons(name, folder, other)).ToList();
            Assert.True(added.Count == 0, $"{folder} uses what {nameof(Layers)} does not list: {string.Join(", ", added)}");
            var gone = allowed[folder].Except(used).ToList();
            Assert.True(gone.Count == 0, $"{folder} does not use any more: {string.Join(", ", gone)}");
        }
    }
}
