using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.GitHub;
using CodeRepoOperator.Runtime.Queueing;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// The tokens that GitHub issued for installations of Apps: one for all CodeRepos that have the same installation and key, until shortly
/// before it expires. In memory only, by what the Secret holds, so that one that was changed has a token of its own at once.
/// </summary>
internal sealed class GitHubAppTokens(GitHubApi api, TimeProvider time)
{
    /// <summary>How many are kept: users name them. Beyond that the one goes that would be kept no longer than the others.</summary>
    public const int Most = 1000;

    /// <summary>For what begins with a token: it must be good until that has asked for all it needs.</summary>
    public static readonly TimeSpan Reserve = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long an App that GitHub refuses is not tried again, all its CodeRepos together: GitHub locks out, by the address, those who
    /// fail often.
    /// </summary>
    private static readonly TimeSpan Pause = RefusedCredential.Pause;

    private readonly SecretDigest _digest = new();
    private readonly SingleFlight<string, string, Attempt<GitHubAppToken>> _flights = new();
    private readonly long _startedAt = time.GetTimestamp();

    /// <summary>Guards the list: workers of many CodeRepos come at once, and making room looks at all.</summary>
    private readonly Lock _lock = new();

    /// <summary>What came of each, and until when it is kept, counted from the start.</summary>
    private readonly Dictionary<string, (Attempt<GitHubAppToken> Issued, TimeSpan Until)> _kept = new(StringComparer.Ordinal);

    private TimeSpan Now => time.GetElapsedTime(_startedAt);

    /// <summary>Makes a login of an App.</summary>
    /// <param name="given">Credentials that have one.</param>
    /// <param name="app">The one that they have.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Attempt<GitCredentials>> LogInAsync(GitCredentials given, GitHubApp app, CancellationToken cancellationToken)
    {
        var account = AccountOf(given, app);
        var issued = Find(account)
            ?? await _flights.RunAsync(
                account,
                account,
                async token => Find(account) ?? Keep(account, await api.IssueTokenAsync(app, given, token)),
                cancellationToken
            );
        return issued.Succeeded
            ? given with
            {
                App = null,
                Http = new HttpLogin(GitHubAppToken.UserName, issued.Value.Value) { MadeOf = HttpLogin.OfGitHubApp, Account = account },
            }
            : issued.Failure;
    }

    /// <summary>Forgets a token that the remote refused: the next try gets another.</summary>
    public void Forget(HttpLogin login)
    {
        lock (_lock)
        {
            if (login.Account is { } account && _kept.TryGetValue(account, out var kept) && kept.Issued.Value?.Value == login.Secret)
            {
                _kept.Remove(account);
            }
        }
    }

    private Attempt<GitHubAppToken>? Find(string account)
    {
        lock (_lock)
        {
            return _kept.TryGetValue(account, out var kept) && kept.Until > Now ? (Attempt<GitHubAppToken>?)kept.Issued : null;
        }
    }

    private Attempt<GitHubAppToken> Keep(string account, Attempt<GitHubAppToken> issued)
    {
        var now = Now;
        var until =
            now
            + (
                issued switch
                {
                    { Value.Lifetime: var lifetime } => lifetime - Reserve,
                    { Failure: { RetryAfter: { } wait } } => wait,
                    { Failure.Terminal: true } => Pause,
                    _ => TimeSpan.Zero,
                }
            );
        lock (_lock)
        {
            _kept.Remove(account);
            if (until <= now)
            {
                return issued;
            }

            if (_kept.Count >= Most)
            {
                foreach (var (old, _) in _kept.Where(one => one.Value.Until <= now).ToList())
                {
                    _kept.Remove(old);
                }
            }

            if (_kept.Count >= Most)
            {
                _kept.Remove(_kept.MinBy(one => one.Value.Until).Key);
            }

            _kept[account] = (issued, until);
        }

        return issued;
    }

    private string AccountOf(GitCredentials given, GitHubApp app) =>
        _digest.Of([
            app.Api,
            app.Id,
            app.InstallationId,
            app.InstallationId is null ? app.Owner.ToLowerInvariant() : null,
            app.PrivateKey,
            given.Authorities,
            given.Certificate?.Certificates,
            given.Certificate?.PrivateKey,
            .. given.Proxy?.Parts ?? [],
        ]);
}
