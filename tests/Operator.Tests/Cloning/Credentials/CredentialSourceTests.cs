using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Urls;
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

    [Theory]
    [InlineData("https://git.example.com/hello.git", true, CloneAccess.Granted)]
    [InlineData("http://git.example.com/hello.git", false, CloneAccess.Proxy)]
    [InlineData("https://other.example.com/hello.git", false, CloneAccess.Anonymous)]
    public async Task A_proxy_that_somebody_else_chose_reads_nothing_of_the_administrators(string url, bool given, CloneAccess expected)
    {
        var options = new GitOptions
        {
            AllowCredentialsOverHttp = true,
            Credentials =
            [
                new HostCredentials
                {
                    Host = "git.example.com",
                    Directory = _directory.FullName,
                    Namespaces = ["team"],
                },
            ],
        };
        var source = new CredentialSource(kubernetes: null!, apps: null!, Options.Create(options));
        var proxy = new RemoteProxy("http", "proxy.example.com", 3128);

        var found = await source.FindOfHostAsync(GitUrl.Parse(url).Value!, "team", proxy, TestContext.Current.CancellationToken);

        Assert.Equal((given, proxy, expected), (found.Value!.Http is not null, found.Value.Proxy, found.Value.Access));
        var direct = await source.FindOfHostAsync(GitUrl.Parse(url).Value!, "team", proxy: null, TestContext.Current.CancellationToken);
        Assert.Null(direct.Value!.Proxy);
        Assert.Equal(url.Contains("//git.", StringComparison.Ordinal), direct.Value.Http is not null);
    }

    [Fact]
    public async Task What_a_repository_leads_to_goes_by_the_proxy_of_the_CodeRepo()
    {
        var source = new CredentialSource(kubernetes: null!, apps: null!, Options.Create(new GitOptions()));
        var own = new GitCredentials
        {
            Http = new HttpLogin("robot", "secret"),
            Authorities = "pem",
            Proxy = new RemoteProxy("http", "proxy.example.com", 3128),
        };
        var desired = DesiredClone
            .Of(
                new CodeRepo
                {
                    Metadata = new V1ObjectMeta
                    {
                        Name = "hello",
                        NamespaceProperty = "team",
                        Uid = "uid",
                    },
                    Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello.git" },
                }
            )
            .Value!;

        var elsewhere = await new OriginCredentials(source).FindAsync(
            desired,
            own,
            GitUrl.Parse("https://other.example.com/sub.git").Value!,
            TestContext.Current.CancellationToken
        );

        Assert.Equal((null, "pem", own.Proxy), (elsewhere.Value!.Http, elsewhere.Value.Authorities, elsewhere.Value.Proxy));
        Assert.Equal(own.Proxy, own.ForOtherOrigin().Proxy);
    }
}
