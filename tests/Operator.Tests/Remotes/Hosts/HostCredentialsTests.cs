using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Configuration;

namespace CodeRepoOperator.Remotes.Hosts;

public sealed class HostCredentialsTests
{
    [Theory]
    [InlineData("git.example.com", "https://git.example.com/a", true)]
    [InlineData("git.example.com", "https://GIT.example.com./a", true)]
    [InlineData("git.example.com", "git@git.example.com:a", true)]
    [InlineData("git.example.com", "http://git.example.com/a", true)]
    [InlineData("*.example.com", "https://git.example.com/a", true)]
    [InlineData("git.example.com:8443", "https://git.example.com:8443/a", true)]
    [InlineData("*.example.com:8443", "https://git.example.com:8443/a", true)]
    [InlineData("[2001:db8::1]:8443", "https://[2001:db8::1]:8443/a", true)]
    [InlineData("2001:db8::1", "https://[2001:db8::1]/a", true)]
    [InlineData("[2001:db8::1]", "https://[2001:db8::1]/a", true)]
    [InlineData("b\u00fccher.example", "https://b\u00fccher.example/a", true)]
    [InlineData("*.b\u00fccher.example", "git@git.xn--bcher-kva.example:a", true)]
    [InlineData("git.example.com", "https://joe@git.example.com/a", true)]
    [InlineData("git.example.com", "https://git.example.com%40@evil.test/a", false)]
    [InlineData("git.example.com", "ssh://git.example.com@evil.test/a", false)]
    [InlineData("git.example.com", "https://git.example.com:8443/a", false)]
    [InlineData("git.example.com", "ssh://git@git.example.com:443/a", false)]
    [InlineData("git.example.com:8443", "https://git.example.com/a", false)]
    [InlineData("git.example.com", "https://git.example.com.evil.test/a", false)]
    [InlineData("git.example.com", "https://evilgit.example.com/a", false)]
    [InlineData("git.example.com", "https://other.example.com/a", false)]
    [InlineData("*.example.com", "https://example.com/a", false)]
    [InlineData("*.example.com", "https://gitexample.com/a", false)]
    [InlineData("*.example.com", "https://git.example.com:8443/a", false)]
    public void They_are_sent_to_their_host_and_port_alone(string host, string url, bool sent) =>
        Assert.Equal(sent, new HostCredentials { Host = host }.AreFor(GitUrl.Parse(url).Value!));

    [Theory]
    [InlineData("team-a", true)]
    [InlineData("team-b", true)]
    [InlineData("team-aa", false)]
    [InlineData("default", false)]
    public void They_are_for_CodeRepos_of_their_namespaces_alone(string ofNamespace, bool allowed)
    {
        Assert.Equal(allowed, new HostCredentials { Namespaces = ["team-a", "team-b"] }.AreFor(ofNamespace));
        Assert.True(new HostCredentials { Namespaces = ["*"] }.AreFor(ofNamespace));
        Assert.False(new HostCredentials().AreFor(ofNamespace));
    }

    [Theory]
    [InlineData("Host", "", "is missing: name the host")]
    [InlineData("Host", "https://git.example.com", "must be a host such as")]
    [InlineData("Host", "git.example.com:0", "must be a host such as")]
    [InlineData("Host", "git.example.com:65536", "must be a host such as")]
    [InlineData("Host", "*", "must be a host such as")]
    [InlineData("Directory", "", "is missing: name the directory")]
    [InlineData("Directory", "/nonexistent", "must be a directory")]
    [InlineData("Namespaces:0", "Team_A", "must be the name of a namespace, or * for all")]
    [InlineData("Namespaces:0", null, "is missing: name the namespaces")]
    [InlineData("Hosts", "x", "did you mean Git:Credentials:0:Host?")]
    public void A_error_is_reported_with_its_setting(string setting, string? value, string why)
    {
        var error = Assert.Single(Errors((setting, value)));

        Assert.StartsWith($"Git:Credentials:0:{setting.Split(':')[0]}", error, StringComparison.Ordinal);
        Assert.Contains(why, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_that_are_right_are_taken() => Assert.Empty(Errors());

    private static IEnumerable<string> Errors(params (string Name, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Git:Credentials:0:Host"] = "git.example.com",
            ["Git:Credentials:0:Directory"] = "/",
            ["Git:Credentials:0:Namespaces:0"] = "team-a",
        };
        foreach (var (name, value) in changes)
        {
            settings[$"Git:Credentials:0:{name}"] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Where(setting => setting.Value is not null)).Build();
        var validator = new SettingsValidator<GitOptions>(GitOptions.Section, configuration);
        var options = new GitOptions();
        validator.Configure(options);
        return validator.Validate(null, options).Failures ?? [];
    }
}
