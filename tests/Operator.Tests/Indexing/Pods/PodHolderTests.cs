namespace CodeRepoOperator.Indexing.Pods;

public sealed class PodHolderTests
{
    private const string Uid = "0f8fad5b-d9cb-469f-a165-70867728950e";

    [Fact]
    public void A_pod_is_its_namespace_its_name_and_its_uid() =>
        Assert.Equal(new PodHolder("indexers", "indexer-0.a", Uid), PodHolder.TryParse($"pod/indexers/indexer-0.a/{Uid}"));

    [Theory]
    [InlineData("")]
    [InlineData("indexer 7")]
    [InlineData("pod/indexers/indexer-0")]
    [InlineData($"pod/indexers/indexer-0/{Uid}/")]
    [InlineData($"pod/indexers/indexer-0/{Uid}\n")]
    [InlineData("pod/indexers/indexer-0/")]
    [InlineData("pod/indexers/indexer-0/1234")]
    [InlineData($"POD/indexers/indexer-0/{Uid}")]
    [InlineData($"pod//indexer-0/{Uid}")]
    [InlineData($"pod/indexers/../{Uid}")]
    [InlineData($"pod/indexers/Indexer/{Uid}")]
    [InlineData($"pod/in.dexers/indexer-0/{Uid}")]
    [InlineData($"pod/indexers/a?limit=1/{Uid}")]
    public void Anything_else_is_no_pod(string holder) => Assert.Null(PodHolder.TryParse(holder));
}
