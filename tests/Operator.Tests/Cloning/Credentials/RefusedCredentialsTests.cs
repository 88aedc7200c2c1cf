using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Credentials;

public sealed class RefusedCredentialsTests
{
    private static readonly CloneFailure Refused = new(Reasons.AuthenticationFailed, "401") { RefusesCredentials = true };

    private static readonly GitCredentials Shared = Login("robot", "s3cret-of-all");

    private readonly FakeTimeProvider _time = new();
    private readonly RefusedCredentials _refused;

    public RefusedCredentialsTests() => _refused = new RefusedCredentials(Options.Create(new StoreOptions()), _time);

    [Fact]
    public void An_expired_one_that_many_share_is_tried_a_few_times_a_minute()
    {
        var tries = 0;
        for (var second = 0; second < 600; second++)
        {
            for (var i = 0; i < 200; i++)
            {
                tries += Try(Url(i)) ? 1 : 0;
            }

            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.InRange(tries, RefusedCredential.Enough, RefusedCredential.Enough + (10 * 3));
    }

    [Fact]
    public void Who_waits_is_reported_for_what_and_for_how_long_and_no_secret()
    {
        ExpireForAll();

        var held = _refused.Hold(Url(9), Shared)!;

        Assert.Equal((Reasons.AuthenticationFailed, true), (held.Reason, held.Terminal));
        Assert.Equal(TimeSpan.FromSeconds(30), held.RetryAfter);
        Assert.True(held.SaysNothingOfHost);
        Assert.Contains("username and password of the Secret git", held.Message, StringComparison.Ordinal);
        Assert.Contains("tried within 30 s", held.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", held.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_issued_for_a_time_is_tried_anew_soon_and_what_a_person_must_change_is_not()
    {
        var issued = new GitCredentials { Http = new HttpLogin("x-access-token", "s3cret") { Account = "app" } };

        Assert.Equal(TimeSpan.FromSeconds(30), _refused.Note(Url(0), issued, Refused)!.RetryAfter);
        Assert.Same(Refused, _refused.Note(Url(0), Shared, Refused));
        Assert.Null(_refused.Note(Url(0), issued, null));
    }

    public static TheoryData<string, Func<object>, string> Others =>
        new()
        {
            { "another password", () => Login("robot", "another"), "https://git.example.com/a9.git" },
            { "another user", () => Login("rob", "ots3cret-of-all"), "https://git.example.com/a9.git" },
            { "the same as a token", () => Login(null, "s3cret-of-all"), "https://git.example.com/a9.git" },
            { "another host", () => Shared, "https://git.example.org/a9.git" },
            { "another port", () => Shared, "https://git.example.com:8443/a9.git" },
            { "none", () => GitCredentials.Anonymous, "https://git.example.com/a9.git" },
            {
                "a key",
                () =>
                    new GitCredentials { Ssh = new SshIdentity("s3cret-of-all", null, "") },
                "ssh://git@git.example.com/a9.git"
            },
        };

    [Theory]
    [MemberData(nameof(Others), DisableDiscoveryEnumeration = true)]
    public void No_other_one_waits_for_it(string what, Func<object> other, string url)
    {
        Assert.NotEmpty(what);
        ExpireForAll();

        Assert.Null(_refused.Hold(GitUrl.Parse(url).Value!, (GitCredentials)other()));
    }

    [Fact]
    public void Wherever_the_same_one_is_from_it_waits()
    {
        ExpireForAll();

        Assert.NotNull(_refused.Hold(Url(9), Shared with { Source = "the Secret another" }));
    }

    [Fact]
    public void The_first_one_that_is_accepted_lets_all_go_on()
    {
        ExpireForAll();
        _time.Advance(RefusedCredential.Pause);
        Assert.Null(_refused.Hold(Url(9), Shared));
        Assert.NotNull(_refused.Hold(Url(10), Shared));

        _refused.Note(Url(9), Shared, null);

        Assert.All(Enumerable.Range(0, 200), i => Assert.Null(_refused.Hold(Url(i), Shared)));
    }

    [Theory]
    [InlineData(Reasons.BranchNotFound, true)]
    [InlineData(Reasons.EmptyRepository, true)]
    [InlineData(Reasons.RepositoryNotFound, false)]
    [InlineData(Reasons.AuthenticationFailed, false)]
    [InlineData(Reasons.Unreachable, false)]
    [InlineData(Reasons.Timeout, false)]
    [InlineData(Reasons.RateLimited, false)]
    public void A_failure_shows_that_it_was_accepted_or_says_nothing_of_it(string reason, bool accepted)
    {
        ExpireForAll();
        _refused.Note(Url(9), Shared, new CloneFailure(reason, ""));
        Assert.Equal(accepted, _refused.Hold(Url(10), Shared) is null);
    }

    [Fact]
    public void Failures_that_refuse_no_credentials_hold_nobody()
    {
        for (var i = 0; i < 200; i++)
        {
            Assert.Null(_refused.Hold(Url(i), Shared));
            _refused.Note(Url(i), Shared, new CloneFailure(Reasons.AuthenticationFailed, "403"));
        }
    }

    /// <summary>Whoever has a right to most repositories is not slowed by those to which there is none.</summary>
    [Fact]
    public void A_valid_one_that_some_repositories_forbid_is_tried_for_the_others_at_once()
    {
        var others = 0;
        for (var minute = 0; minute < 120; minute++)
        {
            // Forbidden ones come first, and more of them than are needed to make it suspicious.
            foreach (var i in Enumerable.Range(0, 50))
            {
                Try(Url(i));
            }

            _time.Advance(RefusedCredential.Pause);
            foreach (var i in Enumerable.Range(100, 50))
            {
                others += Try(Url(i), succeeds: true) ? 1 : 0;
            }

            _time.Advance(TimeSpan.FromMinutes(1) - RefusedCredential.Pause);
        }

        Assert.Equal(120 * 50, others);
    }

    [Fact]
    public void Repositories_that_are_known_to_forbid_a_valid_one_hold_nobody()
    {
        ExpireForAll();
        _time.Advance(RefusedCredential.Pause);
        Assert.True(Try(Url(100), succeeds: true));
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.All(Enumerable.Range(0, RefusedCredential.Enough), i => Assert.True(Try(Url(i))));

        Assert.Null(_refused.Hold(Url(101), Shared));
    }

    [Fact]
    public void One_repository_that_refuses_it_is_asked_a_few_times_however_many_have_it_and_slows_no_other()
    {
        var tries = Enumerable.Range(0, 200).Count(_ => Try(Url(0)));

        Assert.Equal(RefusedCredential.Enough, tries);
        Assert.Null(_refused.Hold(Url(1), Shared));
        _time.Advance(RefusedCredential.Pause);
        Assert.True(Try(Url(0)));
        Assert.False(Try(Url(0)));
    }

    [Fact]
    public void Any_number_of_credentials_that_somebody_names_takes_no_more_than_so_much_memory()
    {
        ExpireForAll();

        NameOthers(12_000);

        Assert.Null(_refused.Hold(Url(9), Shared));
    }

    [Fact]
    public void Those_that_nobody_tried_of_late_make_room_first()
    {
        NameOthers(9_999);
        _time.Advance(TimeSpan.FromHours(2));
        ExpireForAll();

        NameOthers(1);

        Assert.NotNull(_refused.Hold(Url(9), Shared));
    }

    [Fact]
    public void A_key_that_a_server_does_not_know_is_tried_a_few_times_a_minute_too()
    {
        var key = new GitCredentials { Ssh = new SshIdentity("a key", null, "") };
        static GitUrl Ssh(int i) => GitUrl.Parse($"git@git.example.com:a{i}.git").Value!;

        var tries = Enumerable.Range(0, 200).Count(i => Try(Ssh(i), key));

        Assert.Equal(RefusedCredential.Enough, tries);
        Assert.Contains("the identity of", _refused.Hold(Ssh(9), key)!.Message, StringComparison.Ordinal);
        Assert.Null(_refused.Hold(GitUrl.Parse("ann@git.example.com:a9.git").Value!, key));
    }

    private static GitCredentials Login(string? user, string secret) =>
        new() { Http = new HttpLogin(user, secret), Source = "the Secret git" };

    private static GitUrl Url(int i) => GitUrl.Parse($"https://git.example.com/a{i}.git").Value!;

    private void NameOthers(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Assert.True(Try(Url(0), Login("robot", $"another {i}")));
        }
    }

    private void ExpireForAll() => Assert.Equal(RefusedCredential.Enough, Enumerable.Range(0, 8).Count(i => Try(Url(i))));

    private bool Try(GitUrl url, GitCredentials? given = null, bool succeeds = false)
    {
        if (_refused.Hold(url, given ?? Shared) is not null)
        {
            return false;
        }

        _refused.Note(url, given ?? Shared, succeeds ? null : Refused);
        return true;
    }
}
