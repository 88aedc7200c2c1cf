using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Making;
using CodeRepoOperator.Entities;
using Mono.Cecil;

namespace CodeRepoOperator.Cloning.Clones;

public sealed class DesiredClonesTests
{
    private readonly DesiredClones _desired = new();

    [Fact]
    public void A_version_of_a_CodeRepo_is_parsed_once()
    {
        var repo = TestClones.Repo();

        Assert.Same(_desired.Of(repo).Value, _desired.Of(repo).Value);
    }

    [Fact]
    public void One_that_is_not_valid_is_parsed_once_too()
    {
        var repo = TestClones.Repo(repo => repo.Spec.Timeout = "soon");

        Assert.Equal(Reasons.InvalidSpec, _desired.Of(repo).Failure?.Reason);
        Assert.Same(_desired.Of(repo).Failure, _desired.Of(repo).Failure);
    }

    [Fact]
    public void Another_version_is_parsed_anew()
    {
        var before = _desired.Of(TestClones.Repo());

        var after = _desired.Of(TestClones.Repo(repo => repo.Spec.Depth = 7));

        Assert.Equal((1, 7), (before.Value!.Depth, after.Value!.Depth));
    }

    [Fact]
    public void Nobody_else_parses() => Assert.Equal([nameof(DesiredClones)], CallersOf(typeof(DesiredClone), nameof(DesiredClone.Of)));

    /// <summary>A reconcile has one: in its flight, or by a look where it is suspended. Callers have their own before they wait.</summary>
    [Fact]
    public void What_is_to_be_done_is_decided_once_on_the_way_of_a_reconcile() =>
        Assert.Equal(
            [nameof(CloneFinder), nameof(CloneKeeper), nameof(CloneMaker)],
            CallersOf(typeof(CloneStore), nameof(CloneStore.Decide))
        );

    private static IEnumerable<string> CallersOf(Type type, string method)
    {
        using var module = ModuleDefinition.ReadModule(type.Assembly.Location);
        return [.. module.Types.Where(user => Methods(user).Any(caller => Calls(caller, type, method))).Select(user => user.Name).Order()];
    }

    private static IEnumerable<MethodDefinition> Methods(TypeDefinition type) => type.NestedTypes.SelectMany(Methods).Concat(type.Methods);

    private static bool Calls(MethodDefinition caller, Type type, string method) =>
        caller.HasBody
        && caller.Body.Instructions.Any(one =>
            one.Operand is MethodReference called && called.Name == method && called.DeclaringType.FullName == type.FullName
        );
}
