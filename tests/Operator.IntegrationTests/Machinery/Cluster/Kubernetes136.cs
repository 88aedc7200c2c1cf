namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>CodeRepos as Kubernetes 1.36 serves them; for tests that come one after the other.</summary>
[CollectionDefinition(nameof(Kubernetes136))]
public sealed class Kubernetes136() : NewerKubernetes("1.36"), ICollectionFixture<Kubernetes136>;
