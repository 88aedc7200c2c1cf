using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Indexing.Declaring;

public sealed class DeclareNamespaceCheckTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(true, "team-a", "team-b")]
    [InlineData(false, "team-b")]
    public void The_namespace_of_declared_CodeRepos_must_be_watched(bool isRight, params string[] watched)
    {
        var settings = watched.Select((name, number) => KeyValuePair.Create($"Operator:Namespaces:{number}", (string?)name));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var options = new IndexingOptions
        {
            Declare = new DeclareOptions { Enabled = true, Namespace = "team-a" },
        };

        var result = new DeclareNamespaceCheck(configuration).Validate(name: null, options);

        Assert.Equal(isRight, result.Succeeded);
        Assert.Equal(isRight, result.FailureMessage?.Contains("Operator:Namespaces", StringComparison.Ordinal) != true);
    }
}
