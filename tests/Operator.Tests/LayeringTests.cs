using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;
using CodeRepoOperator.GitWorker;
using CodeRepoOperator.Runtime;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace CodeRepoOperator;

/// <summary>The arrows point one way: Entities ← Remotes ← git worker; Entities ← Runtime ← Cloning, Indexing ← Program; Cloning ← EnsureApi ← Program.</summary>
public sealed class LayeringTests
{
    private const string Libgit2 = "LibGit2Sharp";
    private const string Worker = "CodeRepoOperator.GitWorker";

    private static readonly Architecture Code = new ArchLoader()
        .LoadAssemblies(
            typeof(CodeRepo).Assembly, typeof(GitRemote).Assembly, typeof(EntityKey).Assembly, typeof(Cloner).Assembly, typeof(LibGit2Sharp.Repository).Assembly,
            typeof(Npgsql.NpgsqlConnection).Assembly, typeof(Renci.SshNet.SshCommand).Assembly)
        .Build();

    [Theory]
    [InlineData("CodeRepoOperator.Entities", "CodeRepoOperator.Runtime")]
    [InlineData("CodeRepoOperator.Entities", "CodeRepoOperator.Cloning")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.Entities")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.Cloning")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", "CodeRepoOperator.Cloning.Publishing")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", "CodeRepoOperator.Cloning.Healing")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", "CodeRepoOperator.Runtime")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.Indexing")]
    [InlineData("CodeRepoOperator.Cloning", "CodeRepoOperator.Indexing")]
    [InlineData("CodeRepoOperator.Indexing", "CodeRepoOperator.Cloning.Healing")]
    [InlineData("CodeRepoOperator.Indexing", "CodeRepoOperator.Cloning.Publishing")]
    [InlineData("CodeRepoOperator.Indexing", "CodeRepoOperator.Cloning.Reporting")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", Worker)]
    [InlineData("CodeRepoOperator.Installing", "CodeRepoOperator.Cloning")]
    [InlineData("CodeRepoOperator.Installing", "CodeRepoOperator.Indexing")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.Installing")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.EnsureApi")]
    [InlineData("CodeRepoOperator.Cloning", "CodeRepoOperator.EnsureApi")]
    [InlineData("CodeRepoOperator.Indexing", "CodeRepoOperator.EnsureApi")]
    [InlineData("CodeRepoOperator.Cloning", "CodeRepoOperator.Ensuring")]
    [InlineData("CodeRepoOperator.EnsureApi", "CodeRepoOperator.Ensuring")]
    [InlineData("CodeRepoOperator.Ensuring", "CodeRepoOperator.EnsureApi")]
    [InlineData("CodeRepoOperator.EnsureApi", "CodeRepoOperator.Indexing")]
    [InlineData("CodeRepoOperator.EnsureApi", "CodeRepoOperator.Cloning.Healing")]
    [InlineData("CodeRepoOperator.EnsureApi", "CodeRepoOperator.Cloning.Reporting")]
    public void One_does_not_know_the_other(string one, string other)
        => Types().That().ResideInNamespaceMatching(Below(one))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching(Below(other))
            .Check(Code);

    [Fact]
    public void Libgit2_has_one_home()
        => Types().That().ResideInNamespaceMatching("^CodeRepoOperator").And().DoNotResideInNamespaceMatching(Below(Worker))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching(Below(Libgit2))
            .Check(Code);

    /// <summary>What a CodeRepo's URL is, both must agree on; of clones Indexing knows nothing.</summary>
    [Fact]
    public void Indexing_does_not_know_clones()
        => Types().That().ResideInNamespaceMatching(Below("CodeRepoOperator.Indexing"))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching("^CodeRepoOperator\\.Cloning$")
            .Check(Code);

    [Fact]
    public void Npgsql_has_one_home()
        => Types().That().ResideInNamespaceMatching("^CodeRepoOperator").And().DoNotResideInNamespaceMatching(Below("CodeRepoOperator.Indexing"))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching(Below("Npgsql"))
            .Check(Code);

    [Fact]
    public void Ssh_has_one_home()
        => Types().That().ResideInNamespaceMatching("^CodeRepoOperator").And().DoNotResideInNamespaceMatching(Below("CodeRepoOperator.Cloning.Remotes.Ssh"))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching(Below("Renci.SshNet"))
            .Check(Code);

    [Fact]
    public void The_rules_have_something_to_look_at() => Assert.Contains(
        Types().That().ResideInNamespaceMatching(Below(Worker)).GetObjects(Code),
        type => type.Dependencies.Any(dependency => dependency.Target.Namespace?.FullName == Libgit2));

    private static string Below(string name) => $"^{name.Replace(".", "\\.", StringComparison.Ordinal)}($|\\.)";
}
