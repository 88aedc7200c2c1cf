using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Api.Webhooks;

public sealed class HookSignatureTests
{
    private static readonly byte[] Secret = "It's a Secret to Everybody"u8.ToArray();
    private static readonly byte[] Body = "Hello, World!"u8.ToArray();

    /// <summary>Of <see cref="Body"/> with <see cref="Secret"/>, out of GitHub's documentation.</summary>
    private const string Signature = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    private static readonly string Longer = Convert.ToHexStringLower(HMACSHA512.HashData(Secret, Body));

    public static TheoryData<string, string, string?, string, bool> Cases =>
        new()
        {
            { "GitHub's own example", "GitHub", "X-Hub-Signature-256", "sha256=" + Signature, true },
            { "in capitals", "GitHub", "X-Hub-Signature-256", "sha256=" + Signature.ToUpperInvariant(), true },
            { "no header", "GitHub", null, "", false },
            { "an empty one", "GitHub", "X-Hub-Signature-256", "", false },
            { "no hash named", "GitHub", "X-Hub-Signature-256", Signature, false },
            { "the hash that GitHub gave up", "GitHub", "X-Hub-Signature", "sha1=" + Signature[..40], false },
            { "one digit another", "GitHub", "X-Hub-Signature-256", "sha256=8" + Signature[1..], false },
            { "the beginning", "GitHub", "X-Hub-Signature-256", "sha256=" + Signature[..62], false },
            { "too long", "GitHub", "X-Hub-Signature-256", "sha256=" + Signature + "00", false },
            { "no digits", "GitHub", "X-Hub-Signature-256", "sha256=" + new string('g', 64), false },
            { "Gitea's header at GitHub's path", "GitHub", "X-Gitea-Signature", Signature, false },
            { "Gitea", "Gitea", "X-Gitea-Signature", Signature, true },
            { "Gitea as GitHub", "Gitea", "X-Hub-Signature-256", "sha256=" + Signature, true },
            { "Gitea, one digit another", "Gitea", "X-Gitea-Signature", "8" + Signature[1..], false },
            { "Gitea, an empty one", "Gitea", "X-Gitea-Signature", "", false },
            { "GitLab", "GitLab", "X-Gitlab-Token", "It's a Secret to Everybody", true },
            { "GitLab, another token", "GitLab", "X-Gitlab-Token", "It's a secret to everybody", false },
            { "GitLab, the beginning", "GitLab", "X-Gitlab-Token", "It's", false },
            { "GitLab, none", "GitLab", null, "", false },
            { "GitLab with a signature", "GitLab", "X-Hub-Signature-256", "sha256=" + Signature, false },
            { "Bitbucket", "Bitbucket", "X-Hub-Signature", "sha256=" + Signature, true },
            { "Bitbucket, one digit another", "Bitbucket", "X-Hub-Signature", "sha256=8" + Signature[1..], false },
            { "Bitbucket, no hash named", "Bitbucket", "X-Hub-Signature", Signature, false },
            { "GitHub's header at Bitbucket's path", "Bitbucket", "X-Hub-Signature-256", "sha256=" + Signature, false },
            { "Bitbucket, a hash that it does not use", "Bitbucket", "X-Hub-Signature", "sha512=" + Longer, false },
            { "generic", "Generic", "X-Signature", "sha256=" + Signature, true },
            { "generic, the longer hash", "Generic", "X-Signature", "sha512=" + Longer, true },
            { "generic, one digit another", "Generic", "X-Signature", "sha512=" + Longer[..^1] + (Longer[^1] == '0' ? '1' : '0'), false },
            { "generic, one hash called another", "Generic", "X-Signature", "sha512=" + Signature, false },
            { "generic, a hash that is given up", "Generic", "X-Signature", "sha1=" + Signature[..40], false },
            { "generic, no hash named", "Generic", "X-Signature", Signature, false },
            { "Azure DevOps", "AzureDevOps", "Authorization", Basic("hook:It's a Secret to Everybody"), true },
            { "Azure DevOps, nobody", "AzureDevOps", "Authorization", Basic(":It's a Secret to Everybody"), true },
            {
                "Azure DevOps, in small letters",
                "AzureDevOps",
                "Authorization",
                "basic" + Basic("a:It's a Secret to Everybody")[5..],
                true
            },
            { "Azure DevOps, another password", "AzureDevOps", "Authorization", Basic("hook:It's a secret to everybody"), false },
            { "Azure DevOps, the secret as user", "AzureDevOps", "Authorization", Basic("It's a Secret to Everybody:"), false },
            { "Azure DevOps, the secret alone", "AzureDevOps", "Authorization", Basic("It's a Secret to Everybody"), false },
            { "Azure DevOps, a bearer", "AzureDevOps", "Authorization", "Bearer It's a Secret to Everybody", false },
            { "Azure DevOps, no base64", "AzureDevOps", "Authorization", "Basic hook:It's a Secret to Everybody", false },
            { "Azure DevOps, none", "AzureDevOps", null, "", false },
            { "Azure DevOps with a signature", "AzureDevOps", "X-Hub-Signature-256", "sha256=" + Signature, false },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Only_who_knows_the_secret_is_let_in(string name, string provider, string? header, string value, bool good) =>
        Assert.True(good == HookSignature.IsGood(Enum.Parse<HookProvider>(provider), Headers(header, value), Body, [Secret]), name);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Each_of_several_secrets_is_good_while_one_takes_the_others_place(int used)
    {
        byte[][] secrets = ["old"u8.ToArray(), "new"u8.ToArray()];
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(secrets[used], Body));
        Assert.True(HookSignature.IsGood(HookProvider.GitHub, Headers("X-Hub-Signature-256", signature), Body, secrets));
        Assert.True(
            HookSignature.IsGood(HookProvider.GitLab, Headers("X-Gitlab-Token", Encoding.UTF8.GetString(secrets[used])), Body, secrets)
        );
    }

    [Fact]
    public void A_body_that_was_changed_is_refused() =>
        Assert.False(
            HookSignature.IsGood(HookProvider.GitHub, Headers("X-Hub-Signature-256", "sha256=" + Signature), "Hello, world!"u8, [Secret])
        );

    [Theory]
    [InlineData("GitHub")]
    [InlineData("Gitea")]
    [InlineData("GitLab")]
    [InlineData("AzureDevOps")]
    [InlineData("Bitbucket")]
    [InlineData("Generic")]
    public void Without_a_secret_nothing_is_good(string provider) =>
        Assert.False(HookSignature.IsGood(Enum.Parse<HookProvider>(provider), Headers("X-Gitlab-Token", ""), Body, []));

    private static string Basic(string pair) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(pair));

    private static HeaderDictionary Headers(string? header, string value) =>
        header is null ? [] : new HeaderDictionary { [header] = value };
}
