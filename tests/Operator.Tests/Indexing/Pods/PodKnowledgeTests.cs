using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Indexing.Pods;

/// <summary>Pods are known while all watches and single reads of them succeed.</summary>
public sealed class PodKnowledgeTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void They_are_known_once_each_namespace_was_listed_and_until_one_watch_fails()
    {
        var knowledge = Of("team-a", "team-b");
        Assert.False(knowledge.IsWhole);

        knowledge.Scopes[0].Listed("1");
        Assert.False(knowledge.IsWhole);

        knowledge.Scopes[1].Listed("1");
        Assert.True(knowledge.IsWhole);

        knowledge.Scopes[0].Failures++;
        Assert.False(knowledge.IsWhole);

        knowledge.Scopes[0].Failures = 0;
        Assert.True(knowledge.IsWhole);
    }

    [Fact]
    public void A_pod_that_could_not_be_read_counts_until_one_can_be_read()
    {
        var knowledge = Listed();

        knowledge.ReadFailed();
        Assert.False(knowledge.IsWhole);

        knowledge.Read();
        Assert.True(knowledge.IsWhole);
    }

    [Fact]
    public void A_failure_that_nobody_tries_again_is_forgotten_after_more_than_a_sweep()
    {
        var knowledge = Listed();
        knowledge.ReadFailed();

        _time.Advance(TimeSpan.FromMinutes(65));
        Assert.False(knowledge.IsWhole);

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(knowledge.IsWhole);
    }

    private PodKnowledge Listed()
    {
        var knowledge = Of("team-a");
        knowledge.Scopes[0].Listed("1");
        return knowledge;
    }

    private PodKnowledge Of(params string[] namespaces) =>
        new(Options.Create(new IndexingOptions { PodNamespaces = namespaces, SweepInterval = TimeSpan.FromHours(1) }), _time);
}
