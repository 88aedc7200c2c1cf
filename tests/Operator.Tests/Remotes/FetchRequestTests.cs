using System.Text;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes;

/// <summary>A request names what the server advertised, and nothing else.</summary>
public sealed class FetchRequestTests
{
    private const string Commit = "0123456789012345678901234567890123456789";

    private static readonly FetchRequest Update = new(Commit, 1, [Commit], [Commit]);

    [Theory]
    [InlineData("")]
    [InlineData("side-band")]
    [InlineData(
        "multi_ack thin-pack side-band side-band-64k ofs-delta shallow no-progress include-tag multi_ack_detailed no-done agent=git/2.39"
    )]
    [InlineData(
        "multi_ack thin-pack side-band side-band-64k no-progress shallow allow-tip-sha1-in-want filter symref=HEAD:refs/heads/main"
    )]
    public void Before_version_2_only_what_was_advertised_is_named(string advertised)
    {
        var words = advertised.Split(' ', StringSplitOptions.RemoveEmptyEntries);

        var named = Named(Encoding.ASCII.GetString(Update.Version0(new ServerCapabilities(0, words))).Split('\n')[0].Split(' ').Skip(2));

        Assert.Empty(named.Except(Named(words)));
        Assert.Equal(
            Named(words).Intersect(["thin-pack", "ofs-delta", "no-progress", "no-done", "agent"]).Order(),
            named.Intersect(["thin-pack", "ofs-delta", "no-progress", "no-done", "agent"]).Order()
        );
        Assert.Equal(words.Contains("multi_ack_detailed"), named.Contains("multi_ack_detailed"));
        Assert.Equal(words.Contains("multi_ack") && !words.Contains("multi_ack_detailed"), named.Contains("multi_ack"));
        Assert.Equal(words.Contains("side-band-64k"), named.Contains("side-band-64k"));
        Assert.Equal(words.Contains("side-band") && !words.Contains("side-band-64k"), named.Contains("side-band"));
    }

    [Theory]
    [InlineData("ls-refs|fetch=shallow")]
    [InlineData("agent=git/2.20.1|ls-refs|fetch=shallow|server-option")]
    [InlineData("agent=git/2.39.5|ls-refs=unborn|fetch=shallow wait-for-done filter|server-option|object-format=sha1")]
    public void With_version_2_only_what_was_advertised_is_named(string advertised)
    {
        var words = advertised.Split('|');

        var lines = Encoding
            .ASCII.GetString(Update.Version2(new ServerCapabilities(2, words)))
            .Split("0001")[0]
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1);

        Assert.Equal(Named(words).Intersect(["agent", "object-format"]), Named(lines.Select(line => line[4..])));
    }

    private static List<string> Named(IEnumerable<string> words) => [.. words.Select(word => word.Split('=')[0])];
}
