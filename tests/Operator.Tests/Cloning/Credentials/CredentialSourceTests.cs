using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Hosts;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>By whose permission a clone is made, where the administrator gives the credentials.</summary>
public sealed class CredentialSourceTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coderepo-credentials-");

    public CredentialSourceTests()
    {
        File.WriteAllText(Path.Combine(_directory.FullName, "username"), "robot");
        File.WriteAllText(Path.Combine(_directory.FullName, "password"), "secret");
    }

    public void Dispose() => _directory.Delete(recursive: true);

    [Theory]
    [InlineData("names the namespace", "team", CloneAccess.Granted)]
    [InlineData("names it beside others", "other,team", CloneAccess.Granted)]
    [InlineData("is for all", "*", CloneAccess.Shared)]
    [InlineData("is for all and names it", "*,team", CloneAccess.Granted)]
    [InlineData("is for another namespace", "other", CloneAccess.Anonymous)]
    [InlineData("is for one that begins alike", "team-a", CloneAccess.Anonymous)]
    public async Task What_the_administrator_gives_proves_as_much_as_it_says(string what, string namespaces, CloneAccess expected)
    {
        var options = new GitOptions
        {
            Credentials =
            [
                new HostCredentials
                {
                    Host = "git.example.com",
                    Directory = _directory.FullName,
                    Namespaces = namespaces.Split(','),
                },
            ],
        };
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta
            {
                Name = "hello",
                NamespaceProperty = "team",
                Uid = "uid",
            },
            Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello.git" },
        };

        // Whoever names no Secret needs no API server.
        var found = await new CredentialSource(kubernetes: null!, apps: null!, Options.Create(options)).FindAsync(
            DesiredClone.Of(repo).Value!,
            TestContext.Current.CancellationToken
        );

        Assert.Equal((what, expected), (what, found.Value!.Access));
        Assert.Equal(expected == CloneAccess.Anonymous, found.Value.Http is null);
    }
}
