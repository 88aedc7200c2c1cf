using System.Net;
using System.Net.Http.Headers;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Remotes.Http;

public sealed class HttpStatusFailureTests
{
    private static readonly GitCredentials Basic = new() { Http = new HttpLogin("robot", "s3cret"), Source = "the Secret hello" };
    private static readonly GitCredentials OfUrl = new()
    {
        Http = new HttpLogin("robot", "s3cret", IsUserOfUrl: true),
        Source = "the Secret hello",
    };
    private static readonly GitCredentials Bearer = new() { Http = new HttpLogin(null, "s3cret"), Source = "the Secret hello" };

    public static TheoryData<string, int, Func<object?>, string> Cases =>
        new()
        {
            { Reasons.AuthenticationFailed, 401, () => null, "name it in spec.auth.secret" },
            { Reasons.AuthenticationFailed, 401, () => GitCredentials.Anonymous, "name it in spec.auth.secret" },
            {
                Reasons.AuthenticationFailed,
                401,
                () => Basic,
                "does not accept the username and password of the Secret hello (HTTP 401): wrong, expired or withdrawn"
            },
            { Reasons.AuthenticationFailed, 401, () => OfUrl, "does not accept the password of the Secret hello (HTTP 401)" },
            {
                Reasons.AuthenticationFailed,
                401,
                () => Bearer,
                "got the bearerToken of the Secret hello: put them there as username and password"
            },
            { Reasons.AuthenticationFailed, 401, () => Basic.ForOtherOrigin(), "does not get those of the Secret hello" },
            { Reasons.AuthenticationFailed, 403, () => null, "name it in spec.auth.secret" },
            { Reasons.AuthenticationFailed, 403, () => Bearer, "the bearerToken of the Secret hello (HTTP 403): give them the right" },
            { Reasons.AuthenticationFailed, 403, () => Basic.ForOtherOrigin(), "does not get the credentials of the Secret hello" },
            { Reasons.RepositoryNotFound, 404, () => null, "check the URL; if it is private" },
            { Reasons.RepositoryNotFound, 404, () => Basic, "hides it from whoever has the username and password of the Secret hello" },
        };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public void A_refusal_is_reported_by_what_the_remote_was_reported(string reason, int status, Func<object?> sent, string hint)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        response.Headers.WwwAuthenticate.Add(new AuthenticationHeaderValue("Basic", "realm=\"git\""));

        var failure = HttpStatusFailure.Of(response, (GitCredentials?)sent());

        Assert.Equal(reason, failure?.Reason);
        Assert.Contains(hint, failure?.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", failure?.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Basic", "Bearer")]
    [InlineData("bearer", "Basic")]
    public void A_remote_that_takes_bearer_tokens_is_not_said_to_want_others(params string[] schemes)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        Array.ForEach(schemes, scheme => response.Headers.WwwAuthenticate.Add(new AuthenticationHeaderValue(scheme)));

        Assert.Contains(
            "does not accept the bearerToken of the Secret hello",
            HttpStatusFailure.Of(response, Bearer)?.Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData("NTLM", "a login by NTLM (HTTP 401)")]
    [InlineData("Negotiate,NTLM", "a login by Negotiate (HTTP 401)")]
    [InlineData("Digest", "a login by Digest (HTTP 401)")]
    [InlineData("Negotiate,Basic", "wrong, expired or withdrawn")]
    [InlineData("", "wrong, expired or withdrawn")]
    public void A_login_that_is_not_known_is_named(string schemes, string words)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.Unauthorized);
        foreach (var scheme in schemes.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            response.Headers.WwwAuthenticate.Add(new AuthenticationHeaderValue(scheme));
        }

        var failure = HttpStatusFailure.Of(response, Basic)!;

        Assert.Equal(Reasons.AuthenticationFailed, failure.Reason);
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(403, "text/plain", "Your account\u001b[31m is\nlocked.\n", " It says: \"Your account [31m is locked.\".")]
    [InlineData(404, "text/plain", "  \n", null)]
    [InlineData(404, "text/html", "<html>", null)]
    [InlineData(500, "text/plain", "at System.Foo", null)]
    public async Task What_a_refusal_says_in_plain_text_is_shown(int status, string type, string body, string? shown)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status)
        {
            Content = new StringContent(body, new MediaTypeHeaderValue(type)),
        };

        var failure = await HttpStatusFailure.ReadAsync(response, sent: null, TestContext.Current.CancellationToken);

        Assert.Equal(shown is not null, failure!.Message.Contains("It says", StringComparison.Ordinal));
        Assert.EndsWith(shown ?? ".", failure.Message, StringComparison.Ordinal);
        Assert.Equal(shown is not null, failure.Quoted is not null);
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("\"UTF-16\"")]
    [InlineData("iso-8859-1")]
    [InlineData("no-such-charset")]
    public async Task What_a_refusal_repeats_of_a_credential_is_found_in_any_charset(string charset)
    {
        var sent = new GitCredentials { Http = new HttpLogin("robot", "caf\u00e9-s3cret") };
        var encoding = charset.StartsWith("no", StringComparison.Ordinal) ? Encoding.UTF8 : Encoding.GetEncoding(charset.Trim('"'));
        using var response = new HttpResponseMessage(HttpStatusCode.Forbidden)
        {
            Content = new ByteArrayContent(encoding.GetBytes("Not with caf\u00e9-s3cret.")),
        };
        response.Content.Headers.TryAddWithoutValidation("Content-Type", $"Text/Plain; charset={charset}");

        var failure = await HttpStatusFailure.ReadAsync(response, sent, TestContext.Current.CancellationToken);

        Assert.EndsWith(" It says: \"Not with ***.\".", new CredentialRedaction(sent).Of(failure!).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200, null, false, "")]
    [InlineData(302, Reasons.Unreachable, true, "use the address that it leads to")]
    [InlineData(401, Reasons.AuthenticationFailed, false, "spec.auth.secret")]
    [InlineData(404, Reasons.RepositoryNotFound, false, "check the URL")]
    [InlineData(407, Reasons.Unreachable, false, "HTTPS_PROXY")]
    [InlineData(410, Reasons.RepositoryNotFound, false, "check the URL")]
    [InlineData(418, Reasons.Unreachable, true, "(refused)")]
    [InlineData(429, Reasons.RateLimited, true, "raise spec.interval")]
    [InlineData(500, Reasons.Unreachable, true, "(internal error)")]
    [InlineData(503, Reasons.Unreachable, true, "(not available)")]
    public void A_status_has_its_reason_and_narrows_its_host_only_if_it_is_about_the_host(
        int status,
        string? reason,
        bool saysNothingOfHost,
        string words
    )
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);

        var failure = HttpStatusFailure.Of(response, sent: null);

        Assert.Equal((reason, saysNothingOfHost), (failure?.Reason, failure?.SaysNothingOfHost ?? false));
        Assert.Contains(words, failure?.Message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, true, true)]
    [InlineData(401, false, false)]
    [InlineData(403, true, false)]
    [InlineData(404, true, false)]
    [InlineData(429, true, false)]
    public void Who_asks_is_refused_by_401_alone(int status, bool withLogin, bool refused)
    {
        using var response = new HttpResponseMessage((HttpStatusCode)status);
        Assert.Equal(refused, HttpStatusFailure.Of(response, withLogin ? Basic : Basic.ForOtherOrigin())!.RefusesCredentials);
    }

    [Fact]
    public void Another_origin_gets_no_login_and_the_same_authorities()
    {
        var other = (Basic with { Authorities = "pem" }).ForOtherOrigin();

        Assert.Null(other.Http);
        Assert.Empty(other.Secrets);
        Assert.Equal(("pem", true), (other.Authorities, other.IsLoginWithheld));
        Assert.False((GitCredentials.Anonymous with { Authorities = "pem" }).ForOtherOrigin().IsLoginWithheld);
    }
}
