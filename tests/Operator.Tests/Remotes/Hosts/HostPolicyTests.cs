using System.Net;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Hosts;

public sealed class HostPolicyTests
{
    [Theory]
    [InlineData("http://git.example.com/a", false, true, Reasons.HostNotAllowed)]
    [InlineData("http://git.example.com/a", true, true, null)]
    [InlineData("https://git.example.com/a", false, true, null)]
    [InlineData("http://git.example.com/a", false, false, null)]
    public void A_login_goes_over_plain_HTTP_only_if_the_administrator_says_so(string url, bool permitted, bool login, string? reason)
    {
        var policy = Policy(new GitOptions { AllowCredentialsOverHttp = permitted });
        var credentials = new GitCredentials { Http = login ? new HttpLogin("robot", "s3cret") : null, Authorities = "pem" };

        Assert.Equal(reason, policy.Judge(GitUrl.Parse(url).Value!, credentials)?.Reason);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("127.255.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.100.100.200", false)]
    [InlineData("168.63.129.16", false)]
    [InlineData("::1", false)]
    [InlineData("::", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00:ec2::254", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::127.0.0.1", false)]
    [InlineData("64:ff9b::169.254.169.254", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("::ffff:0:127.0.0.1", false)]
    [InlineData("64:ff9b:1::127.0.0.1", false)]
    [InlineData("2001:0:1::1", false)]
    [InlineData("fe80::1%2", false)]
    [InlineData("0.1.2.3", false)]
    [InlineData("192.0.0.192", false)]
    [InlineData("100.96.0.96", false)]
    [InlineData("100.100.100.100", false)]
    [InlineData("192.88.99.1", false)]
    [InlineData("169.254.170.23", false)]
    [InlineData("fd20:ce::254", false)]
    [InlineData("fd00:ec2::23", false)]
    [InlineData("fd00:c1::a9fe:a9fe", false)]
    [InlineData("fd00:42::42", false)]
    [InlineData("fd00:a9fe:a9fe::1", false)]
    [InlineData("fd7a:115c:a1e0::53", false)]
    [InlineData("fe80::a9fe:a9fe", false)]
    [InlineData("2001:db8:64::a9fe:a9fe", false)]
    [InlineData("2001:db8::5efe:127.0.0.1", false)]
    [InlineData("2001:db8::200:5efe:a9fe:1", false)]
    [InlineData("::ffff:168.63.129.16", false)]
    [InlineData("64:ff9b::100.100.100.200", false)]
    [InlineData("2002:c000:c0::", false)]
    [InlineData("fd20:cf::254", true)]
    [InlineData("fd7a:115c:a1e0::1", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("2001:db8::5efe:10.0.0.1", true)]
    [InlineData("2001:db8::1", true)]
    [InlineData("64:ff9b::10.0.0.1", true)]
    [InlineData("10.0.0.1", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("192.168.1.1", true)]
    [InlineData("fd12::1", true)]
    [InlineData("140.82.121.4", true)]
    [InlineData("2606:50c0::1", true)]
    public void Special_addresses_are_refused_and_private_ones_are_not(string address, bool allowed) =>
        Assert.Equal(allowed ? null : Reasons.HostNotAllowed, Policy(new GitOptions()).Judge("host", IPAddress.Parse(address))?.Reason);

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("127.6.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("::ffff:10.1.2.3", false)]
    [InlineData("10.2.0.1", true)]
    public void Named_networks_change_that_and_denied_ones_win(string address, bool allowed)
    {
        var policy = Policy(new GitOptions { PermittedNetworks = ["127.0.0.0/8"], DeniedNetworks = ["127.6.0.0/16", "10.1.0.0/16"] });
        Assert.Equal(allowed, policy.Judge("host", IPAddress.Parse(address)) is null);
    }

    [Theory]
    [InlineData("64:ff9b::/96", "64:ff9b::8.8.8.8")]
    [InlineData("2002::/16", "2002:808:808::")]
    [InlineData("8.8.8.0/24", "64:ff9b::8.8.8.8")]
    [InlineData("8.8.8.0/24", "::ffff:8.8.8.8")]
    public void A_denied_network_holds_for_both_forms_of_an_address(string network, string address) =>
        Assert.Equal(
            Reasons.HostNotAllowed,
            Policy(new GitOptions { DeniedNetworks = [network] }).Judge("host", IPAddress.Parse(address))?.Reason
        );

    [Theory]
    [InlineData("https://git.example.com/a", true)]
    [InlineData("https://GIT.example.com./a", true)]
    [InlineData("https://a.b.example.org/a", true)]
    [InlineData("https://example.org/a", false)]
    [InlineData("https://evil-example.org/a", false)]
    [InlineData("https://git.example.com.evil.net/a", false)]
    [InlineData("http://git.example.com/a", false)]
    [InlineData("git@git.example.com:a", false)]
    public void Hosts_and_schemes_are_held_to_their_lists(string url, bool allowed)
    {
        var policy = Policy(new GitOptions { AllowedHosts = ["git.example.com", "*.example.org"], AllowedSchemes = ["https"] });
        Assert.Equal(allowed, policy.Judge(GitUrl.Parse(url).Value!) is null);
    }

    [Theory]
    [InlineData("http://localhost/a")]
    [InlineData("http://a.localhost./a")]
    [InlineData("http://127.1/a")]
    [InlineData("http://[::1]/a")]
    [InlineData("http://[::ffff:169.254.169.254]/a")]
    [InlineData("http://0x7f.1/a")]
    [InlineData("http://0x7f000001/a")]
    [InlineData("http://0177.0.0.1/a")]
    [InlineData("http://2130706433/a")]
    [InlineData("http://0/a")]
    [InlineData("http://127.0.0.1./a")]
    [InlineData("http://127。0。0。1/a")]
    [InlineData("http://[::]/a")]
    [InlineData("http://[::7f00:1]/a")]
    [InlineData("http://[::ffff:7f00:1]/a")]
    [InlineData("http://[64:ff9b::a9fe:a9fe]/a")]
    [InlineData("http://[2002:a9fe:a9fe::]/a")]
    [InlineData("http://LOCALHOST/a")]
    [InlineData("git@0x7f.1:a")]
    [InlineData("ssh://git@127.1/a")]
    public void A_special_address_in_the_URL_is_refused_before_anything_is_sent(string url) =>
        Assert.Equal(Reasons.HostNotAllowed, Policy(new GitOptions()).Judge(GitUrl.Parse(url).Value!)?.Reason);

    [Fact]
    public void All_errors_in_the_options_are_found_at_once()
    {
        var options = new GitOptions
        {
            AllowedSchemes = ["ftp"],
            AllowedHosts = ["a b"],
            DeniedNetworks = ["10.0.0.0/33"],
            PermittedNetworks = ["x"],
            TrustedCertificates = "/nonexistent",
        };
        Assert.Equal(5, new GitOptionsValidator().Validate(null, options).Failures?.Count());
        Assert.True(new GitOptionsValidator().Validate(null, new GitOptions()).Succeeded);
    }

    [Theory]
    [InlineData("10.0.0.0/8", null)]
    [InlineData("10.1.2.3/32", null)]
    [InlineData("fd00::/8", null)]
    [InlineData("10.1.2.3/8", "10.0.0.0/8")]
    [InlineData("fd00::1/8", "fd00::/8")]
    [InlineData("10.0.0.0", "a network such as")]
    [InlineData("10.0.0.0/33", "a network such as")]
    public void A_network_with_bits_beyond_its_prefix_is_a_error(string network, string? hint)
    {
        var result = new GitOptionsValidator().Validate(null, new GitOptions { PermittedNetworks = [network] });
        Assert.Equal(hint is null, result.Succeeded);
        Assert.Contains(hint ?? "", result.FailureMessage ?? "", StringComparison.Ordinal);
    }

    private static HostPolicy Policy(GitOptions options) => new(Options.Create(options));
}
