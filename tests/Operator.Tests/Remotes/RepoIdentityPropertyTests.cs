using CodeRepoOperator.Remotes.Urls;
using CsCheck;

namespace CodeRepoOperator.Remotes;

/// <summary>What holds for whatever stands in <c>git_url</c> and in a table.</summary>
public sealed class RepoIdentityPropertyTests
{
    private const int Iterations = 10_000;

    private static readonly Gen<string> Segment = Gen.Char["abcXYZ019-_~"].Array[1, 6].Select(letters => new string(letters));

    /// <summary>A repository, and a spelling of it that differs in what says none apart.</summary>
    private static readonly Gen<(string Plain, string Spelled)> Spelling =
        from scheme in Gen.OneOf("https", "http", "ssh")
        from host in Gen.OneOf("git.example.com", "localhost", "[2001:db8::1]", "10.0.0.1")
        from path in Segment.Where(segment => segment[0] != '-').Array[1, 3]
        from inCapitals in Gen.Bool
        from withPort in Gen.Bool
        from asScp in Gen.Bool
        from end in Gen.OneOf("", "/", ".git", ".git/", "//", ".git//")
        select Spell(scheme, host, string.Join('/', path), inCapitals, withPort, asScp, end);

    [Fact]
    public void However_it_is_spelled_it_is_the_same() =>
        Spelling.Sample(
            one => Assert.Equal(RepoIdentity.TryParse(one.Plain), Assert.NotNull(RepoIdentity.TryParse(one.Spelled))),
            iter: Iterations
        );

    [Fact]
    public void The_database_is_asked_for_every_usual_spelling() =>
        Spelling
            .Where(one => !one.Spelled.EndsWith("//", StringComparison.Ordinal))
            .Sample(
                one => Assert.Contains(one.Spelled.ToLowerInvariant(), RepoIdentity.TryParse(one.Plain)!.Value.Spellings),
                iter: Iterations
            );

    [Fact]
    public void Its_canonical_spelling_is_a_URL()
    {
        var parsed = 0;
        HostileText.Url.Sample(
            text =>
            {
                // Encoded, and with the user that was left out, it may be longer than a URL may be.
                if (RepoIdentity.TryParse(text) is not { } identity || identity.ToString().Length > GitUrl.MaximumLength)
                {
                    return;
                }

                Interlocked.Increment(ref parsed);
                var again = GitUrl.Parse(identity.ToString());
                Assert.True(again.Succeeded, $"{text} became {identity}: {again.Failure?.Message}");
                Assert.True(
                    RepoIdentity.Of(again.Value) == identity || identity.ToString().TrimEnd('/').EndsWith(".git", StringComparison.Ordinal),
                    $"{text} became {identity}, and that {RepoIdentity.Of(again.Value)}"
                );
                Assert.All(identity.Spellings, spelling => Assert.Equal(spelling.ToLowerInvariant(), spelling));
            },
            iter: 30_000
        );
        Assert.True(parsed > 1_000, $"only {parsed} were URLs");
    }

    private static (string Plain, string Spelled) Spell(
        string scheme,
        string host,
        string path,
        bool inCapitals,
        bool withPort,
        bool asScp,
        string end
    )
    {
        var user = scheme == "ssh" ? "git@" : "";
        var plain = $"{scheme}://{user}{host}/{path}";
        var spelledHost = inCapitals ? host.ToUpperInvariant() : host;
        var port = withPort
            ? scheme switch
            {
                "https" => ":443",
                "http" => ":80",
                _ => ":22",
            }
            : "";
        return (plain, asScp && scheme == "ssh" ? $"{user}{spelledHost}:{path}{end}" : $"{scheme}://{user}{spelledHost}{port}/{path}{end}");
    }
}
