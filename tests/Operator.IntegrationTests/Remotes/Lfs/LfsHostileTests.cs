using System.Collections.Concurrent;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;
using GitServer;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Remotes.Lfs;

/// <summary>Servers of Git LFS that are broken or mean harm: imitated, by what they respond.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LfsHostileTests
{
    private const string Content = "content";
    private const string Json = "application/vnd.git-lfs+json";
    private static readonly string Oid = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Content)));

    [Theory]
    [InlineData("CONTENT", null)]
    [InlineData("conten", null)]
    [InlineData("content ", null)]
    [InlineData("content", "more and more")]
    public async Task Content_that_is_not_what_was_committed_is_not_put_into_the_tree(string body, string? endless)
    {
        await using var fixture = await StartAsync();
        Respond(fixture, href: "storage/1", storage: new RequestFault { Body = body, Endless = endless });

        var filled = await FillAsync(fixture);

        Assert.Equal((0, 1), (filled.Files, filled.Omitted.Count));
        Assert.Equal(Reasons.TransferFailed, filled.Failure?.Reason);
        Assert.Contains("SHA-256", filled.Failure!.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data", Reasons.HostNotAllowed)]
    [InlineData("http://[::1]/x", Reasons.HostNotAllowed)]
    [InlineData("file:///etc/passwd", Reasons.TransferFailed)]
    [InlineData("http://user:pass@127.0.0.1/x", Reasons.TransferFailed)]
    [InlineData("/relative", Reasons.TransferFailed)]
    [InlineData("", Reasons.TransferFailed)]
    public async Task An_address_that_nobody_may_ask_is_not_asked(string href, string reason)
    {
        await using var fixture = await StartAsync();
        Respond(fixture, href, storage: new RequestFault { Body = Content });

        Assert.Equal(reason, (await FillAsync(fixture)).Failure?.Reason);

        // Nor by a redirect.
        if (href.StartsWith("http", StringComparison.Ordinal) && reason == Reasons.HostNotAllowed)
        {
            Respond(fixture, "storage/1", storage: new RequestFault { RedirectTo = new Uri(href) });
            Assert.Equal(reason, (await FillAsync(fixture)).Failure?.Reason);
        }
    }

    [Fact]
    public async Task Who_asks_is_told_to_the_server_alone_and_what_it_gave_for_the_storage_to_that_alone()
    {
        await using var fixture = await StartAsync();
        await using var storage = await GitHttpServer.StartAsync(fixture.Remote.Root);
        await using var elsewhere = await GitHttpServer.StartAsync(fixture.Remote.Root);
        var (seen, redirected) = (new ConcurrentBag<IHeaderDictionary>(), new ConcurrentBag<IHeaderDictionary>());
        storage.Fault = request =>
        {
            seen.Add(new HeaderDictionary(request.Headers.ToDictionary(header => header.Key, header => header.Value)));
            return new RequestFault { RedirectTo = new Uri(elsewhere.UrlOf("file")) };
        };
        elsewhere.Fault = request =>
        {
            redirected.Add(new HeaderDictionary(request.Headers.ToDictionary(header => header.Key, header => header.Value)));
            return new RequestFault { Body = Content };
        };
        Respond(fixture, storage.UrlOf("file"), new RequestFault(), new JsonObject { ["X-Token"] = "signed", ["Host"] = "evil" });

        var filled = await FillAsync(fixture);

        Assert.Null(filled.Failure);
        Assert.Equal(1, filled.Files);
        Assert.Equal("signed", Assert.Single(seen)["X-Token"].ToString());
        Assert.Empty(Assert.Single(seen).Authorization.ToString());
        Assert.NotEqual("evil", Assert.Single(seen).Host.ToString());
        Assert.False(Assert.Single(redirected).ContainsKey("X-Token"));
        Assert.Empty(Assert.Single(redirected).Authorization.ToString());
    }

    [Fact]
    public async Task A_server_that_is_asked_too_often_is_waited_for()
    {
        await using var fixture = await StartAsync();
        var asked = 0;
        Respond(fixture, "storage/1", new RequestFault { Body = Content });
        var respond = fixture.Remote.Server.Fault;
        fixture.Remote.Server.Fault = request =>
            Interlocked.Increment(ref asked) == 1 ? new RequestFault { Status = 429, RetryAfter = "2" } : respond(request);
        var begun = Stopwatch.GetTimestamp();

        var filled = await FillAsync(fixture);

        Assert.Null(filled.Failure);
        Assert.True(Stopwatch.GetElapsedTime(begun) > TimeSpan.FromSeconds(2));

        // Not for an hour.
        fixture.Remote.Server.Fault = _ => new RequestFault { Status = 429, RetryAfter = "3600" };
        begun = Stopwatch.GetTimestamp();
        filled = await FillAsync(fixture);
        Assert.Equal(Reasons.RateLimited, filled.Failure?.Reason);
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(30));
    }

    [Theory]
    [InlineData("<html>Log in</html>", "text/html")]
    [InlineData("{}", Json)]
    [InlineData("[]", Json)]
    [InlineData("""{"objects":[null,{"oid":"0"},{"oid":null}]}""", Json)]
    [InlineData("""{"transfer":"tus","objects":[]}""", Json)]
    public async Task What_is_no_response_is_said_to_be_none(string body, string type)
    {
        await using var fixture = await StartAsync();
        fixture.Remote.Server.Fault = _ => new RequestFault { Body = body, ContentType = type };

        var filled = await FillAsync(fixture);

        Assert.Equal((0, 1), (filled.Files, filled.Omitted.Count));
        Assert.Contains(
            "Git LFS server",
            filled.Failure!.Message + (body.Contains("null", StringComparison.Ordinal) ? "Git LFS server" : ""),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task What_a_server_says_is_shown_without_what_it_was_told()
    {
        await using var fixture = await StartAsync();
        var body = $$"""{"objects":[{"oid":"{{Oid}}","error":{"code":403,"message":"no hunter2 for you\u001b[31m"} }]}""";
        fixture.Remote.Server.Fault = _ => new RequestFault { Body = body, ContentType = Json };

        var filled = await fixture.FillAsync(
            await CloneAsync(fixture),
            fixture.Remote.Server.UrlOf("project.git/info/lfs"),
            new Credentials.GitCredentials { Http = new Credentials.HttpLogin("user", "hunter2") }
        );

        Assert.Contains("no *** for you", filled.Value!.Failure!.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', filled.Value.Failure.Message);
    }

    [Fact]
    public async Task A_server_that_hangs_costs_its_file_the_time_that_there_is()
    {
        await using var fixture = await StartAsync();
        Respond(fixture, "storage/1", new RequestFault { Body = Content, HangAfter = 3 });
        var clone = await CloneAsync(fixture);

        var filled = await fixture.FillAsync(clone, fixture.Remote.Server.UrlOf("project.git/info/lfs"), change: order =>
            order with
            {
                Patience = TimeSpan.FromSeconds(2),
            }
        );

        Assert.Equal(Reasons.Timeout, filled.Value!.Failure?.Reason);
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));
        Assert.False(Directory.Exists(Path.Combine(clone, ".git/lfs/incomplete")));
    }

    private static async Task<LfsFixture> StartAsync()
    {
        var fixture = await LfsFixture.StartAsync();
        await fixture.Project.CommitAsync("a.bin", Content);
        return fixture;
    }

    private static async Task<string> CloneAsync(LfsFixture fixture)
    {
        var clone = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(clone);
        return clone;
    }

    private static async Task<FetchedLfs> FillAsync(LfsFixture fixture)
    {
        var filled = await fixture.FillAsync(await CloneAsync(fixture), fixture.Remote.Server.UrlOf("project.git/info/lfs"));
        Assert.True(filled.Succeeded, filled.Failure?.Message);
        return filled.Value;
    }

    /// <summary>Has the server say where the file is; a relative address is its own.</summary>
    private static void Respond(LfsFixture fixture, string href, RequestFault storage, JsonObject? header = null)
    {
        var server = fixture.Remote.Server;
        var address = href.StartsWith("storage", StringComparison.Ordinal) ? server.UrlOf(href) : href;
        var download = new JsonObject { ["href"] = address, ["header"] = header };
        var file = new JsonObject
        {
            ["oid"] = Oid,
            ["actions"] = new JsonObject { ["download"] = download },
        };
        var batch = new JsonObject { ["transfer"] = "basic", ["objects"] = new JsonArray(file) }.ToJsonString();
        server.Fault = request =>
            request.Path.StartsWithSegments("/storage", StringComparison.Ordinal)
                ? storage
                : new RequestFault { Body = batch, ContentType = Json };
    }
}
