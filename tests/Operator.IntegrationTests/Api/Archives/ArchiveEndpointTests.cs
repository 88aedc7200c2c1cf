using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.Versioning;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Monitoring;

namespace CodeRepoOperator.Api.Archives;

/// <summary>What callers get who ask for an archive.</summary>
[SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class ArchiveEndpointTests(EnsureFixture fixture) : IClassFixture<EnsureFixture>
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_the_commit_that_is_published_and_the_same_each_time()
    {
        var commit = await CloneAsync("whole");
        using var response = await GetAsync("whole");

        Assert.Equal((HttpStatusCode.OK, "application/gzip"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        Assert.Equal($"\"{commit}\"", response.Headers.ETag?.ToString());
        Assert.Equal($"whole-{commit[..12]}.tar.gz", response.Content.Headers.ContentDisposition?.FileName?.Trim('"'));
        var archive = await response.Content.ReadAsByteArrayAsync(Ended);
        Assert.Equal(await GitArchiveAsync("whole"), Unzip(archive));
        Assert.Equal(archive, await BytesAsync("whole"));
        Assert.True(await fixture.CountedAsync("coderepo_archives_total{result=\"Sent\"}") >= 2);
    }

    [Fact]
    public async Task A_part_of_the_tree_can_be_had()
    {
        await CloneAsync("part");
        Assert.Equal(await GitArchiveAsync("part", "src"), Unzip(await BytesAsync("part", "?path=src")));
        Assert.Equal(await GitArchiveAsync("part", "README.md"), Unzip(await BytesAsync("part", "?path=README.md")));

        var missing = await fixture.SendAsync(HttpMethod.Get, PathOf("part", "?path=no/such"), fixture.Token);
        Assert.Equal((HttpStatusCode.NotFound, "NotFound"), (missing.Status, missing.Reason));
    }

    [Theory]
    [InlineData("?path=../other")]
    [InlineData("?path=%2e%2e/other")]
    [InlineData("?path=/etc/passwd")]
    [InlineData("?path=src/../../x")]
    [InlineData("?path=.git/config")]
    [InlineData("?path=src&path=README.md")]
    [InlineData("?wait=tomorrow")]
    public async Task What_is_asked_for_is_checked_before_anybody_is_asked(string query)
    {
        var asked = fixture.Proxy.Requests.Count(IsReview);
        var response = await fixture.SendAsync(HttpMethod.Get, PathOf("checked", query), "made-up");
        Assert.Equal((HttpStatusCode.BadRequest, "InvalidRequest"), (response.Status, response.Reason));
        Assert.Equal(asked, fixture.Proxy.Requests.Count(IsReview));
    }

    [Theory]
    [InlineData("\"COMMIT\"", true)]
    [InlineData("W/\"COMMIT\"", true)]
    [InlineData("\"other\", W/\"COMMIT\"", true)]
    [InlineData("*", true)]
    [InlineData("\"other\"", false)]
    [InlineData("COMMIT", false)]
    public async Task Who_has_it_already_is_reported(string tags, bool isKnown)
    {
        var commit = await CloneAsync("known");
        using var response = await GetAsync("known", tags: tags.Replace("COMMIT", commit, StringComparison.Ordinal));
        Assert.Equal(isKnown ? HttpStatusCode.NotModified : HttpStatusCode.OK, response.StatusCode);
        Assert.Equal($"\"{commit}\"", response.Headers.ETag?.ToString());
        Assert.Equal(isKnown, (await response.Content.ReadAsByteArrayAsync(Ended)).Length == 0);
    }

    [Fact]
    public async Task The_headers_can_be_had_alone()
    {
        var commit = await CloneAsync("headers");
        using var response = await GetAsync("headers", method: HttpMethod.Head);
        Assert.Equal((HttpStatusCode.OK, $"\"{commit}\""), (response.StatusCode, response.Headers.ETag?.ToString()));
        using var missing = await GetAsync("headers", "?path=no/such", HttpMethod.Head);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task Who_may_not_ask_for_the_clone_gets_no_archive()
    {
        await CloneAsync("private");
        Assert.Equal(HttpStatusCode.Unauthorized, (await fixture.SendAsync(HttpMethod.Get, PathOf("private"), null)).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await fixture.SendAsync(HttpMethod.Get, PathOf("private"), "made-up")).Status);
        await fixture.Callers.MakeAccountAsync(fixture.Fixture.Namespace, "nobody");
        var token = await fixture.Callers.TokenAsync(fixture.Fixture.Namespace, "nobody");
        Assert.Equal(HttpStatusCode.Forbidden, (await fixture.SendAsync(HttpMethod.Get, PathOf("private"), token)).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await fixture.SendAsync(HttpMethod.Get, PathOf("no-such"), token)).Status);
    }

    [Fact]
    public async Task A_clone_that_was_wiped_or_never_asked_for_is_made_first()
    {
        await CloneAsync("wiped");
        fixture.Fixture.LoseClone("wiped");
        Assert.NotEmpty(Unzip(await BytesAsync("wiped")));

        await fixture.Fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.Policy) = ("lazy-archive", ClonePolicy.OnDemand));
        await fixture.Fixture.SeeAsync(
            "it waits",
            repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.NotRequested,
            "lazy-archive"
        );
        Assert.NotEmpty(Unzip(await BytesAsync("lazy-archive")));
    }

    [Fact]
    public async Task Half_a_tree_does_not_pass_for_one_and_is_made_whole()
    {
        var commit = await CloneAsync("damaged");
        File.Delete(Path.Combine(fixture.Fixture.Clone("damaged"), "src/hello.txt"));

        await Assert.ThrowsAnyAsync<Exception>(() => BytesAsync("damaged"));

        await fixture.Fixture.SeeCloneAsync(commit, "damaged");
        await Eventually.SeeAsync(
            "the archive of it",
            _ => BytesAsync("damaged"),
            archive => Unzip(archive).Length > 0,
            CloneFixture.Soon,
            Ended
        );
        Assert.Equal(1, await fixture.CountedAsync("coderepo_repos_recloned_total{reason=\"TreeDamaged\"}"));
        Assert.Single(fixture.Operator.Log.Split('\n'), line => line.Contains("src/hello.txt: missing", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_commands_of_the_guide_unpack_it()
    {
        await CloneAsync("hello");
        using var home = new TemporaryDirectory();
        var token = Path.Combine(home.Path, "token");
        await File.WriteAllTextAsync(token, fixture.Token, Ended);
        var blocks = GuideBlock.Of("docs/archive.md", "sh");
        foreach (var block in blocks.Concat(blocks))
        {
            var script = string.Join('\n', block.Lines.Prepend("set -euo pipefail"))
                .Replace("/tmp", home.Path, StringComparison.Ordinal)
                .Replace(
                    "http://coderepo-operator-api.coderepo-system.svc:8080",
                    fixture.Http.BaseAddress!.ToString().TrimEnd('/'),
                    StringComparison.Ordinal
                )
                .Replace("namespaces/default", $"namespaces/{fixture.Fixture.Namespace}", StringComparison.Ordinal)
                .Replace("/var/run/secrets/coderepo/token", token, StringComparison.Ordinal);
            (await ProcessRunner.RunAsync("bash", ["-c", script], new Dictionary<string, string>(), "", Ended)).OutputOrThrow();
        }

        Assert.Equal(
            ClonedTree.Listing(fixture.Fixture.Clone()).Select(Name),
            ClonedTree.Listing(Path.Combine(home.Path, "hello")).Select(Name)
        );
        Assert.NotEmpty(await File.ReadAllBytesAsync(Path.Combine(home.Path, "hello.tar.gz"), Ended));

        // Modes are those of git archive.
        static string Name(string listed) => listed.Split(' ')[0];
    }

    private async Task<string> CloneAsync(string name)
    {
        if ((await fixture.Fixture.ListAsync()).All(repo => repo.Metadata.Name != name))
        {
            await fixture.Fixture.CreateAsync(repo => repo.Metadata.Name = name);
        }

        return (
            await fixture.Fixture.SeeAsync(
                "it is cloned",
                repo => CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True",
                name
            )
        )
            .Status!
            .Commit!;
    }

    private string PathOf(string name, string query = "") =>
        $"/v1/namespaces/{fixture.Fixture.Namespace}/coderepos/{name}/archive.tar.gz{query}";

    private async Task<HttpResponseMessage> GetAsync(string name, string query = "", HttpMethod? method = null, string? tags = null)
    {
        using var request = new HttpRequestMessage(method ?? HttpMethod.Get, PathOf(name, query));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", fixture.Token);
        if (tags is not null)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", tags);
        }

        return await fixture.Http.SendAsync(request, Ended);
    }

    private async Task<byte[]> BytesAsync(string name, string query = "")
    {
        using var response = await GetAsync(name, query);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsByteArrayAsync(Ended);
    }

    private async Task<byte[]> GitArchiveAsync(string name, params string[] paths)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "archive.tar");
        await GitCommand.RunAsync(fixture.Fixture.Clone(name), ["archive", "--format=tar", "-o", file, "HEAD", .. paths]);
        return await File.ReadAllBytesAsync(file, Ended);
    }

    private static byte[] Unzip(byte[] archive)
    {
        using var unzipped = new MemoryStream();
        using var zipped = new GZipStream(new MemoryStream(archive), CompressionMode.Decompress);
        zipped.CopyTo(unzipped);
        return unzipped.ToArray();
    }

    private static bool IsReview(ApiRequest request) => request.Path.Contains("review", StringComparison.OrdinalIgnoreCase);
}
