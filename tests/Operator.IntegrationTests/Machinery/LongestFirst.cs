using CodeRepoOperator.Cloning.Healing;
using CodeRepoOperator.Cloning.Races;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Remotes;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(CodeRepoOperator.Machinery.LongestFirst))]

namespace CodeRepoOperator.Machinery;

/// <summary>Starts the classes that take minutes before all others, or one of them would run on alone in the end.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Long =
    [
        typeof(FirstCloneCrashTests),
        typeof(UpdateCrashTests),
        typeof(RemovalCrashTests),
        typeof(LifecycleRaceTests),
        typeof(LostCloneTests),
        typeof(UpdateTests),
        typeof(TakeoverTests),
        typeof(RollingUpdateTests),
    ];

    /// <inheritdoc />
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(collection => Rank(collection.TestCollectionDisplayName))];

    private static int Rank(string name) =>
        Array.FindIndex(Long, type => name.Contains(type.FullName!, StringComparison.Ordinal)) is >= 0 and var rank ? rank : Long.Length;
}
