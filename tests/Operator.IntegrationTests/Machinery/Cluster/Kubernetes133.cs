namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>CodeRepos as Kubernetes 1.33 serves them; for tests that come one after the other.</summary>
[CollectionDefinition(nameof(Kubernetes133))]
public sealed class Kubernetes133() : NewerKubernetes("1.33"), ICollectionFixture<Kubernetes133>;
