using System.Net;
using System.Net.Http.Headers;
using System.Runtime.Versioning;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Api.Archives;

/// <summary>Readers of archives who take their time, and what becomes of the others meanwhile.</summary>
[SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class ArchiveReaderTests(KubeApiServer cluster)
{
    /// <summary>More than what is on the way holds: it does not compress.</summary>
    private const int Size = 40_000_000;

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reader_keeps_its_tree_through_an_update_and_its_place_only_while_it_reads()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var noise = new byte[Size];
#pragma warning disable CA5394 // Noise that does not compress; no secret.
        new Random(7).NextBytes(noise);
#pragma warning restore CA5394
        await File.WriteAllBytesAsync(fixture.Project.Path("noise.bin"), noise, Ended);
        await fixture.Project.PushAsync();
        var running = await fixture.StartReadyOperatorAsync(("Api__MaxArchives", "1"), ("Store__TrashGracePeriod", "00:10:00"));
        var token = await new EnsureCallers(cluster).MakeAsync(fixture.Namespace, "consumer");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{running.ApiPort}") };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var expected = await GitArchiveAsync(fixture);

        // One has begun to read; the only place, which was free, is taken.
        using var slow = await http.GetAsync(PathOf(fixture) + "?wait=0s", HttpCompletionOption.ResponseHeadersRead, Ended);
        Assert.Equal(HttpStatusCode.OK, slow.StatusCode);
        using (var refused = await http.GetAsync(PathOf(fixture) + "?wait=0s", Ended))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.Contains("TooManyArchives", await refused.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);
            Assert.NotNull(refused.Headers.RetryAfter);
        }

        // An update takes the place of the tree that is being read.
        var commit = await fixture.Project.CommitAsync("README.md", "# new\n");
        await fixture.RequestAsync("now");
        await fixture.SeeCloneAsync(commit);
        Assert.Equal(expected, await UnzippedAsync(slow));

        // One that reads no more is cut off, and another gets the place.
        using var stuck = await http.GetAsync(PathOf(fixture), HttpCompletionOption.ResponseHeadersRead, Ended);
        using var next = await http.GetAsync(PathOf(fixture) + "?wait=1m", Ended);
        Assert.Equal($"\"{commit}\"", next.Headers.ETag?.ToString());
        Assert.Equal(await GitArchiveAsync(fixture), await UnzippedAsync(next));
        await Assert.ThrowsAnyAsync<Exception>(() => UnzippedAsync(stuck));
    }

    private static string PathOf(CloneFixture fixture) => $"/v1/namespaces/{fixture.Namespace}/coderepos/hello/archive.tar.gz";

    private static async Task<byte[]> UnzippedAsync(HttpResponseMessage response)
    {
        using var unzipped = new MemoryStream();
        await using var zipped = new System.IO.Compression.GZipStream(
            await response.Content.ReadAsStreamAsync(Ended),
            System.IO.Compression.CompressionMode.Decompress
        );
        await zipped.CopyToAsync(unzipped, Ended);
        return unzipped.ToArray();
    }

    private static async Task<byte[]> GitArchiveAsync(CloneFixture fixture)
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "archive.tar");
        await GitCommand.RunAsync(fixture.Clone(), "archive", "--format=tar", "-o", file, "HEAD");
        return await File.ReadAllBytesAsync(file, Ended);
    }
}
