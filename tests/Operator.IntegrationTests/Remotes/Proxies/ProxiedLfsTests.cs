using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>Files of Git LFS through a CodeRepo's own proxy: the question where they are, and they.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class ProxiedLfsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("http")]
    [InlineData("socks5")]
    public async Task Files_are_fetched_through_it(string scheme)
    {
        await using var fixture = await LfsFixture.StartAsync();
        await using var proxy = await RealProxy.StartAsync(scheme, Token);
        await fixture.Project.CommitAsync("a.bin", "content");
        await fixture.PushAsync();
        var target = GitUrl.Parse(fixture.Server.UrlOf("project.git")).Value!.Authority;
        var clone = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(clone);
        Assert.Equal(0, proxy.TimesTo(target));

        var filled = await fixture.FillAsync(clone, credentials: LfsTestServer.Credentials with { Proxy = proxy.Proxy });

        Assert.True(filled.Succeeded, filled.Failure?.Message);
        Assert.Null(filled.Value.Failure);
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(clone, "a.bin"), Token));

        // An HTTP proxy logs each request, SOCKS each connection.
        Assert.InRange(proxy.TimesTo(target), scheme == "http" ? 2 : 1, 8);
    }
}
