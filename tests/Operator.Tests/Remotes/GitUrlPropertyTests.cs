using System.Globalization;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using CsCheck;

namespace CodeRepoOperator.Remotes;

/// <summary>What holds for whatever somebody writes as <c>git_url</c>.</summary>
public sealed class GitUrlPropertyTests
{
    private const int Iterations = 30_000;

    [Fact]
    public void What_is_accepted_is_plain_and_leads_where_it_says()
    {
        var accepted = 0;
        HostileText.Url.Sample(
            text =>
            {
                if (GitUrl.Parse(text).Value is not { } url)
                {
                    return;
                }

                Interlocked.Increment(ref accepted);
                var shown = url.ToString();
                Assert.Equal(url, GitUrl.Parse(shown).Value);
                Assert.Equal((url.Scheme, url.Host, url.Port), Parts(GitUrl.Parse(shown).Value!));
                Assert.True(!shown.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is '\\'), shown);

                // What is not decoded can't be encoded either.
                Assert.True(Ascii.IsValid(shown) || !shown.StartsWith($"{url.Scheme}://", StringComparison.Ordinal), shown);
                Assert.InRange(shown.Length, 1, GitUrl.MaximumLength);
                Assert.True(url.Scheme is "https" or "http" or "ssh", shown);
                Assert.InRange(url.Port, 1, 65535);
                Assert.False(shown.StartsWith('-') || url.Host.StartsWith('-'), shown);
                Assert.DoesNotContain('%', url.Host);
                Assert.Equal(url.IsHttp, url.Scheme != "ssh");
                if (url.IsHttp)
                {
                    Assert.Equal("", url.Uri.UserInfo);
                    Assert.Equal((url.Scheme, url.Host, url.Port), (url.Uri.Scheme, url.Uri.IdnHost, url.Uri.Port));
                    Assert.Equal("", url.Uri.Query + url.Uri.Fragment);
                    Assert.DoesNotContain(Uri.UnescapeDataString(url.Uri.AbsolutePath).Split('/'), segment => segment is "." or "..");
                    Assert.EndsWith(Uri.UnescapeDataString(url.Uri.AbsolutePath), Uri.UnescapeDataString(shown), StringComparison.Ordinal);
                }
            },
            iter: Iterations
        );
        Assert.True(accepted > Iterations / 20, $"only {accepted} were accepted");
    }

    [Fact]
    public void What_is_refused_is_refused_in_words_that_repeat_no_credential() =>
        HostileText.Url.Sample(
            text =>
            {
                if (GitUrl.Parse(text).Failure is { } failure)
                {
                    Assert.Equal(Reasons.InvalidUrl, failure.Reason);
                    Assert.DoesNotContain(HostileText.Secret, failure.Message, StringComparison.OrdinalIgnoreCase);
                    Assert.True(!RemoteText.HoldsUnseen(failure.Message), failure.Message);
                }
            },
            iter: Iterations
        );

    [Fact]
    public void No_length_makes_it_slow()
    {
        var started = ProcessorTime();
        foreach (
            var piece in new[] { "a", "-", "@", ":", "/", ".", "%", "%25", "é", "\ud800", "a@", "a:", "[", "https://", "ssh://a@", "%2e" }
        )
        {
            foreach (var start in new[] { "", "https://host/", "ssh://git@host/", "git@host:", "https://" })
            {
                Assert.False(GitUrl.Parse(start + string.Concat(Enumerable.Repeat(piece, 200_000))).Succeeded);
                _ = GitUrl.Parse((start + string.Concat(Enumerable.Repeat(piece, 2048)))[..2048]);
            }
        }

        Assert.InRange(ProcessorTime() - started, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Theory]
    [InlineData(
        "https://git.example.com/a",
        "HTTPS://GIT.example.COM:443/a",
        "https://git.example.com:0443/a",
        "https://git.example.com:/a"
    )]
    [InlineData(
        "http://127.0.0.1/a",
        "http://127.1/a",
        "http://0x7f.1/a",
        "http://2130706433/a",
        "http://0177.0.0.01/a",
        "http://127.0.0.1:80/a"
    )]
    [InlineData("https://[2001:db8::1]/a", "https://[2001:DB8:0:0::0.0.0.1]/a")]
    [InlineData("https://bücher.example/é", "https://xn--bcher-kva.example/%C3%A9", "https://BÜCHER.example/é")]
    [InlineData("ssh://git@host/a", "SSH://git@HOST:22/a")]
    [InlineData("git@host:a", "git@HOST:a")]
    public void Spellings_of_one_remote_are_one(string one, params string[] others) =>
        Assert.All(others, other => Assert.Equal(GitUrl.Parse(one).Value, GitUrl.Parse(other).Value));

    [Theory]
    [InlineData("http://good%40evil/a")]
    [InlineData("http://good\\@evil/a")]
    [InlineData("http://good:80@evil/a")]
    [InlineData("http://good\u0000@evil/a")]
    [InlineData("http://[fe80::1%25eth0]/a")]
    [InlineData("http://[fe80::1%eth0]/a")]
    [InlineData("http://host:65536/a")]
    [InlineData("http://host:-1/a")]
    [InlineData("https://host/%252e%252e/a")]
    [InlineData("https://host/a%255cb")]
    [InlineData("https://host/\U000e0041")]
    public void Tricks_are_refused(string text) => Assert.Equal(Reasons.InvalidUrl, GitUrl.Parse(text).Failure?.Reason);

    [Fact]
    public void Half_a_character_is_refused() => Assert.Equal(Reasons.InvalidUrl, GitUrl.Parse("https://host/\ud800").Failure?.Reason);

    [Theory]
    [InlineData("http://gіthub.com/a", "xn--gthub-n2e.com")]
    [InlineData("http://xn--gthub-n2e.com/a", "xn--gthub-n2e.com")]
    public void A_look_alike_is_shown_as_what_it_is(string text, string host) => Assert.Equal(host, GitUrl.Parse(text).Value?.Host);

    private static (string Scheme, string Host, int Port) Parts(GitUrl url) => (url.Scheme, url.Host, url.Port);

    /// <summary>
    /// What this thread had of the processor so far: no other work on the machine makes it longer. In the file it is in nanoseconds.
    /// </summary>
    private static TimeSpan ProcessorTime() =>
        TimeSpan.FromTicks(
            long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture)
                / TimeSpan.NanosecondsPerTick
        );
}
