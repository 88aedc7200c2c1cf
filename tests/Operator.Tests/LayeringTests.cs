using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace CodeRepoOperator;

/// <summary>The arrows point one way: Entities ← Runtime ← Cloning ← Program.</summary>
public sealed class LayeringTests
{
    private const string Libgit2 = "LibGit2Sharp";

    private static readonly Architecture Code = new ArchLoader()
        .LoadAssemblies(typeof(CodeRepo).Assembly, typeof(EntityKey).Assembly, typeof(LibGit2Sharp.Repository).Assembly)
        .Build();

    [Theory]
    [InlineData("CodeRepoOperator.Entities", "CodeRepoOperator.Runtime")]
    [InlineData("CodeRepoOperator.Entities", "CodeRepoOperator.Cloning")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.Entities")]
    [InlineData("CodeRepoOperator.Runtime", "CodeRepoOperator.Cloning")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", "CodeRepoOperator.Cloning.Publishing")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", "CodeRepoOperator.Cloning.Healing")]
    [InlineData("CodeRepoOperator.Cloning.Remotes", "CodeRepoOperator.Runtime")]
    public void One_does_not_know_the_other(string one, string other)
        => Types().That().ResideInNamespaceMatching(Below(one))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching(Below(other))
            .Check(Code);

    [Fact]
    public void Libgit2_has_one_home()
        => Types().That().ResideInNamespaceMatching("^CodeRepoOperator").And().DoNotResideInNamespaceMatching(Below("CodeRepoOperator.Cloning.Remotes.Worker"))
            .Should().NotDependOnAnyTypesThat().ResideInNamespaceMatching(Below(Libgit2))
            .Check(Code);

    [Fact]
    public void The_rules_have_something_to_look_at()
    {
        Assert.NotEmpty(Types().That().ResideInNamespaceMatching(Below("CodeRepoOperator.Cloning.Remotes.Worker")).GetObjects(Code));
        Assert.Contains(
            Types().That().ResideInNamespaceMatching(Below("CodeRepoOperator.Cloning.Remotes.Worker")).GetObjects(Code),
            type => type.Dependencies.Any(dependency => dependency.Target.Namespace?.FullName == Libgit2));
    }

    private static string Below(string name) => $"^{name.Replace(".", "\\.", StringComparison.Ordinal)}($|\\.)";
}
