using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>Git servers that tell of pushes, and others that pretend to.</summary>
public sealed class HookTests(HookFixture hooks) : IClassFixture<HookFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("gitea")]
    [InlineData("azuredevops")]
    [InlineData("bitbucket")]
    [InlineData("generic")]
    public async Task A_clone_follows_a_push_at_once_however_long_its_interval_is(string provider)
    {
        await hooks.CloneAsync("24h");
        var commit = await hooks.PushAsync();

        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync(provider, hooks.Payload(provider)));

        await hooks.Fixture.SeeCloneAsync(commit);
        await hooks.Fixture.SeeAsync("the commit in the status", repo => repo.Status?.Commit == commit);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("gitea")]
    [InlineData("azuredevops")]
    [InlineData("bitbucket")]
    [InlineData("generic")]
    public async Task A_clone_of_a_tag_follows_it_when_it_is_moved(string provider)
    {
        var (name, tag) = ($"tag-{provider}", $"moves-{provider}");
        await MoveAsync(tag);
        await hooks.Fixture.CreateAsync(repo =>
            (repo.Metadata.Name, repo.Spec.Branch, repo.Spec.Ref, repo.Spec.Interval) = (name, null, new CodeRepoRef { Tag = tag }, "0s")
        );
        await hooks.Fixture.SeeAsync("it is cloned", repo => repo.Status?.Ref?.Resolved == $"refs/tags/{tag}", name);
        var commit = await hooks.PushAsync();
        await MoveAsync(tag);

        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync(provider, hooks.Payload(provider, $"refs/tags/{tag}")));

        await hooks.Fixture.SeeAsync("the commit in the status", repo => repo.Status?.Ref?.Commit == commit, name);
        await hooks.Fixture.DeleteAsync(name);

        async Task MoveAsync(string tag)
        {
            await hooks.Fixture.Project.GitAsync("tag", "--force", tag);
            await hooks.Fixture.Project.GitAsync("push", "-q", "--force", "origin", $"refs/tags/{tag}");
        }
    }

    [Fact]
    public async Task Without_an_interval_a_clone_follows_pushes_alone()
    {
        await hooks.CloneAsync("0s");
        var commit = await hooks.PushAsync();
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync("github", hooks.Payload("github")));
        await hooks.Fixture.SeeCloneAsync(commit);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("gitea")]
    [InlineData("azuredevops")]
    [InlineData("bitbucket")]
    [InlineData("generic")]
    public async Task A_delivery_that_is_forged_has_nothing_polled(string provider)
    {
        await hooks.CloneAsync("24h");
        var (asked, refused) = (hooks.Fixture.Server.Requests, await hooks.CountedAsync(provider, "Refused"));

        Assert.Equal(HttpStatusCode.Unauthorized, await hooks.ReportPushAsync(provider, hooks.Payload(provider), secret: "guessed"));
        Assert.Equal(HttpStatusCode.Unauthorized, await hooks.ReportPushAsync(provider, "this is not even JSON", secret: "guessed"));

        Assert.Equal(refused + 2, await hooks.CountedAsync(provider, "Refused"));
        Assert.Equal(asked, hooks.Fixture.Server.Requests);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("azuredevops")]
    [InlineData("bitbucket")]
    [InlineData("generic")]
    public async Task One_that_comes_again_has_nothing_polled_again(string provider)
    {
        await hooks.CloneAsync("24h");
        var commit = await hooks.PushAsync();
        var payload = hooks.Payload(provider);
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync(provider, payload));
        await hooks.Fixture.SeeAsync("the commit in the status", repo => repo.Status?.Commit == commit);
        var (asked, replayed) = (hooks.Fixture.Server.Requests, await hooks.CountedAsync(provider, "Replayed"));

        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync(provider, payload));
        }

        Assert.Equal(replayed + 20, await hooks.CountedAsync(provider, "Replayed"));
        Assert.Equal(asked, hooks.Fixture.Server.Requests);
    }

    [Theory]
    [InlineData("another branch", "refs/heads/other", "hello.git", "Unmatched")]
    [InlineData("a tag that nobody has", "refs/tags/v1", "hello.git", "Unmatched")]
    [InlineData("a note", "refs/notes/commits", "hello.git", "Ignored")]
    [InlineData("a repository that nobody knows", "refs/heads/main", "unknown.git", "Unmatched")]
    public async Task What_concerns_no_CodeRepo_gets_the_same_response(string what, string reference, string repository, string result)
    {
        await hooks.CloneAsync("24h");
        var (asked, before) = (hooks.Fixture.Server.Requests, await hooks.CountedAsync("github", result));
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync("github", hooks.Payload("github", reference, repository)));
        Assert.True(before + 1 == await hooks.CountedAsync("github", result), what);
        Assert.Equal(asked, hooks.Fixture.Server.Requests);
    }

    /// <summary>Scripts send the same text at each push.</summary>
    [Fact]
    public async Task A_generic_delivery_without_an_id_is_new_each_time_and_without_a_ref_is_of_all()
    {
        await hooks.CloneAsync("24h");
        for (var i = 0; i < 2; i++)
        {
            var commit = await hooks.PushAsync();
            Assert.Equal(
                HttpStatusCode.Accepted,
                await hooks.ReportPushAsync("generic", $$"""{"git_url": "{{hooks.Fixture.Server.UrlOf("hello.git")}}"}""")
            );
            await hooks.Fixture.SeeAsync("the commit in the status", repo => repo.Status?.Commit == commit);
        }
    }

    [Fact]
    public async Task A_CodeRepo_that_names_its_branch_follows_that_alone()
    {
        await hooks.CloneAsync("24h");
        await hooks.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Branch, repo.Spec.Interval) = ("named", "main", "24h"));
        await hooks.Fixture.SeeAsync("a clone", repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True", "named");
        var (asked, unmatched) = (hooks.Fixture.Server.Requests, await hooks.CountedAsync("github", "Unmatched"));
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync("github", hooks.Payload("github", "refs/heads/other")));
        Assert.Equal((asked, unmatched + 1), (hooks.Fixture.Server.Requests, await hooks.CountedAsync("github", "Unmatched")));

        var commit = await hooks.PushAsync();
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync("github", hooks.Payload("github")));
        await hooks.Fixture.SeeCloneAsync(commit, "named");
    }

    [Fact]
    public async Task A_secret_takes_anothers_place_without_a_restart()
    {
        await File.WriteAllTextAsync(hooks.SecondSecret, "second\n", Ended);
        Assert.Equal(
            HttpStatusCode.Accepted,
            await hooks.ReportPushAsync("github", hooks.Payload("github", "refs/heads/other"), secret: "second")
        );
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync("github", hooks.Payload("github", "refs/heads/other")));
        await File.WriteAllTextAsync(hooks.SecondSecret, "third\n", Ended);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            await hooks.ReportPushAsync("github", hooks.Payload("github", "refs/heads/other"), secret: "second")
        );
    }

    [Fact]
    public async Task What_is_no_delivery_is_refused()
    {
        Assert.Equal(HttpStatusCode.Accepted, await hooks.ReportPushAsync("github", """{"zen": "Design for failure."}""", @event: "ping"));
        Assert.Equal(HttpStatusCode.BadRequest, await hooks.ReportPushAsync("github", "{"));
        Assert.Equal(
            HttpStatusCode.UnsupportedMediaType,
            await hooks.ReportPushAsync("github", "payload=%7B%7D", type: "application/x-www-form-urlencoded")
        );
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, await hooks.ReportPushAsync("github", new string(' ', 100_001)));
        Assert.Equal(HttpStatusCode.NotFound, await hooks.ReportPushAsync("sourcehut", "{}"));
    }

    /// <summary>A signature that an attacker saw is of one body.</summary>
    [Fact]
    public async Task The_signature_of_another_body_is_none()
    {
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(HookFixture.Secret), "{}"u8));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/hooks/github")
        {
            Content = new StringContent(hooks.Payload("github"), Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("X-GitHub-Event", "push");
        request.Headers.Add("X-Hub-Signature-256", $"sha256={signature}");
        using var response = await hooks.Http.SendAsync(request, Ended);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Theory]
    [InlineData("github")]
    [InlineData("gitlab")]
    [InlineData("gitea")]
    [InlineData("azuredevops")]
    [InlineData("bitbucket")]
    [InlineData("generic")]
    public async Task A_signed_body_with_text_that_is_none_is_refused_and_no_bug(string provider)
    {
        Assert.Equal(HttpStatusCode.BadRequest, await hooks.ReportPushAsync(provider, """{"ref": "\ud800"}"""));
        Assert.Equal(
            HttpStatusCode.BadRequest,
            await hooks.ReportPushAsync(provider, """{"ref": "refs/heads/main", "repository": {"clone_url": "\udfff"}}""")
        );
    }

    /// <summary>None of them knows a secret; some show a signature that may be one.</summary>
    [Theory]
    [InlineData("no signature", "")]
    [InlineData("one that may be good", "X-Hub-Signature-256: sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n")]
    public async Task Slow_bodies_keep_no_delivery_out(string what, string header)
    {
        var sockets = new List<TcpClient>();
        try
        {
            for (var number = 0; number < 200; number++)
            {
                var client = new TcpClient();
                sockets.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, hooks.Http.BaseAddress!.Port, Ended);
                await client
                    .GetStream()
                    .WriteAsync(
                        Encoding.ASCII.GetBytes(
                            "POST /v1/hooks/github HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\n"
                                + $"{header}Content-Length: 99000\r\n\r\n{{"
                        ),
                        Ended
                    );
            }

            for (var number = 0; number < 5; number++)
            {
                Assert.True(
                    await hooks.ReportPushAsync("github", hooks.Payload("github", "refs/heads/other")) == HttpStatusCode.Accepted,
                    what
                );
            }
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task A_body_of_unknown_length_is_refused_before_it_is_read()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/hooks/github")
        {
            Content = new StringContent("{}", Encoding.UTF8, "application/json"),
        };
        request.Headers.TransferEncodingChunked = true;
        using var response = await hooks.Http.SendAsync(request, Ended);
        Assert.Equal(HttpStatusCode.LengthRequired, response.StatusCode);
    }
}
