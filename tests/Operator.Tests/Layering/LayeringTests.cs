using CodeRepoOperator.Ensure;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Remotes;
using CodeRepoOperator.Text;
using CodeRepoOperator.Timing;

namespace CodeRepoOperator.Layering;

/// <summary>Holds the directories of the product to <see cref="Layers"/>.</summary>
public sealed class LayeringTests(ITestOutputHelper output)
{
    private static readonly DirectoryGraph Graph = DirectoryGraph.Of(
        typeof(CodeRepo).Assembly,
        typeof(ForeignText).Assembly,
        typeof(LinkedTimeout).Assembly,
        typeof(GitRemote).Assembly,
        typeof(Cloner).Assembly,
        typeof(EnsureCommand).Assembly,
        typeof(ExitCodes).Assembly,
        typeof(Product).Assembly
    );

    public static TheoryData<string> DirectoriesWithDirectories => [.. Layers.Below.Keys];

    [Fact]
    public void Top_directories_use_those_that_are_listed() => Hold(TopOf, Layers.Top);

    [Theory]
    [MemberData(nameof(DirectoriesWithDirectories))]
    public void Directories_use_those_beside_them_that_are_listed(string top) =>
        Hold(directory => BelowOf(directory, top), Layers.Below[top]);

    [Fact]
    public void Others_use_the_directories_of_Cloning_that_are_listed()
    {
        var found = Graph.Arrows(TopOf, directory => BelowOf(directory, "Cloning")).Where(user => user.Key != "Cloning");

        Assert.Equal(Layers.OfCloning.Split('\n'), found.Select(user => $"{user.Key}: {string.Join(' ', user.Value)}"));
    }

    [Fact]
    public void Each_top_directory_that_has_directories_is_listed()
    {
        var with = Graph.Directories.Where(directory => directory.Count(letter => letter == '.') > 1).Select(TopOf).Distinct();

        Assert.Equal(Layers.Below.Keys.Order(StringComparer.Ordinal), with.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_directory_uses_one_that_uses_it_by_whatever_way()
    {
        var left = Graph.At(directory => directory);
        var layers = new List<string>();
        while (left.Count > 0)
        {
            var layer = left.Where(directory => !directory.Value.Any(left.ContainsKey)).Select(directory => directory.Key).ToList();
            Assert.True(layer.Count > 0, $"These use each other in a circle, or what does: {string.Join(", ", left.Keys)}");
            layers.Add(string.Join(", ", layer));
            layer.ForEach(directory => left.Remove(directory));
        }

        output.WriteLine($"{Graph.Directories.Count} directories in {layers.Count} layers, from the bottom:");
        layers.ForEach(output.WriteLine);
    }

    [Fact]
    public void Libraries_have_one_home()
    {
        foreach (var (library, home) in Layers.Homes)
        {
            var users = Graph.UsersOf(library).ToList();
            Assert.NotEmpty(users);
            Assert.All(users, user => Assert.StartsWith($"{DirectoryGraph.Product}.{home}", user, StringComparison.Ordinal));
        }
    }

    private static string TopOf(string directory) => directory == DirectoryGraph.Product ? "Program" : directory.Split('.')[1];

    private static string? BelowOf(string directory, string top)
    {
        var path = directory.Split('.');
        return path.ElementAtOrDefault(1) != top ? null : path.ElementAtOrDefault(2) ?? "Top";
    }

    private static void Hold(Func<string, string?> name, string listed)
    {
        var allowed = listed
            .Split('\n')
            .Select(line => line.Split(':'))
            .ToDictionary(line => line[0], line => line[1].Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
        var found = Graph.At(name);

        Assert.Equal(allowed.Keys.Order(StringComparer.Ordinal), found.Keys);
        foreach (var (directory, used) in found)
        {
            var added = used.Except(allowed[directory]).SelectMany(other => Graph.Reasons(name, directory, other)).ToList();
            Assert.True(added.Count == 0, $"{directory} uses what {nameof(Layers)} does not list: {string.Join(", ", added)}");
            var gone = allowed[directory].Except(used).ToList();
            Assert.True(gone.Count == 0, $"{directory} does not use any more: {string.Join(", ", gone)}");
        }
    }
}
