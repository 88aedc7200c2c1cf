namespace CodeRepoOperator.Ensure;

public sealed class EnsureArgumentsTests
{
    [Fact]
    public void What_is_not_said_is_as_in_a_cluster()
    {
        var read = Read("team/hello", "--store", "/code");
        Assert.Equal(("team", "hello", "/code"), (read.Namespace, read.Name, read.Store));
        Assert.Equal("http://coderepo-operator-api.coderepo-system.svc:8080/", read.Api.ToString());
        Assert.Equal("/var/run/secrets/coderepo/token", read.TokenFile);
        Assert.Null(read.AuthoritiesFile);
        Assert.Equal(TimeSpan.FromMinutes(5), read.Wait);
        Assert.Equal((null, null, null, null), (read.Url, read.Uid, read.Branch, read.Depth));
    }

    [Fact]
    public void All_can_be_said_in_either_way_and_any_order()
    {
        var read = Read(
            "--wait=1m30s",
            "--api",
            "https://api.example.com/coderepo",
            "team/hello.v2",
            "--store=/code",
            "--token-file=/t",
            "--ca-file",
            "/c"
        );
        Assert.Equal("hello.v2", read.Name);
        Assert.Equal("https://api.example.com/coderepo/", read.Api.ToString());
        Assert.Equal(("/t", "/c", TimeSpan.FromSeconds(90)), (read.TokenFile, read.AuthoritiesFile, read.Wait));
    }

    [Fact]
    public void The_API_may_be_named_in_the_environment()
    {
        Assert.True(
            EnsureArguments.TryRead(
                ["team/hello", "--store", "/code"],
                name => name == "CODEREPO_API" ? "http://other:1/" : null,
                out var read,
                out _
            )
        );
        Assert.Equal("http://other:1/", read.Api.ToString());
    }

    [Theory]
    [InlineData("NAMESPACE/NAME")]
    [InlineData("NAMESPACE/NAME", "hello", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/hello/more", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "../hello", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/..", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/.git", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/Hello", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "my.team/hello", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/a..b", "--store", "/code")]
    [InlineData("NAMESPACE/NAME", "team/a-", "--store", "/code")]
    [InlineData("one CodeRepo", "team/hello", "team/other", "--store", "/code")]
    [InlineData("--store DIR", "team/hello")]
    [InlineData("--store needs a value", "team/hello", "--store")]
    [InlineData("--store needs a value", "team/hello", "--store=")]
    [InlineData("--store is there twice", "team/hello", "--store", "/a", "--store", "/b")]
    [InlineData("--stroe is no option", "team/hello", "--stroe", "/code")]
    [InlineData("--wait is a duration", "team/hello", "--store", "/code", "--wait", "90")]
    [InlineData("--url and --uid go together", "team/hello", "--store", "/code", "--url", "https://git.example.com/a")]
    [InlineData("--depth is a number", "team/hello", "--store", "/code", "--depth", "-1")]
    [InlineData("http:// or https://", "team/hello", "--store", "/code", "--api", "ftp://x")]
    [InlineData("http:// or https://", "team/hello", "--store", "/code", "--api", "operator:8080")]
    public void What_is_wrong_is_reported(string expected, params string[] arguments)
    {
        Assert.False(EnsureArguments.TryRead(arguments, _ => null, out _, out var error));
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    private static EnsureArguments Read(params string[] arguments)
    {
        Assert.True(EnsureArguments.TryRead(arguments, _ => null, out var read, out var error), error);
        return read;
    }
}
