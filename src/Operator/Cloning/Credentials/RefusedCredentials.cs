using System.Collections.Concurrent;
using System.Globalization;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Urls;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// Keeps credentials that a host refuses from being tried by each CodeRepo that has them: hosts lock out, by their address, those who
/// fail often. What is remembered is of one host and one credential, by its value: who has another one is not slowed, nor is one that
/// was changed in its Secret.
/// <para>
/// Requests without credentials are no part of it. Each clone by git itself begins with one, so hosts expect them to be refused.
/// </para>
/// </summary>
internal sealed class RefusedCredentials(IOptions<StoreOptions> options, TimeProvider time)
{
    /// <summary>How many credentials are remembered: users name them. Beyond that those that nobody tried of late go, else all.</summary>
    private const int Most = 10_000;

    /// <summary>Longer than any CodeRepo that is refused waits before it tries again, unless an administrator says otherwise.</summary>
    private static readonly TimeSpan Remembered = TimeSpan.FromHours(1);

    private readonly SecretDigest _digest = new();
    private readonly ConcurrentDictionary<string, RefusedCredential> _refused = new(StringComparer.Ordinal);

    /// <summary>Begins a try with credentials, unless they were refused too often. It responds at once: what waits holds no slot.</summary>
    /// <returns>Why they are not to be tried now; null: they are.</returns>
    public CloneFailure? Hold(GitUrl url, GitCredentials given)
    {
        if (KeyOf(url, given) is not { } key || !_refused.TryGetValue(key, out var refused) || refused.TryBegin(url.ToString()))
        {
            return null;
        }

        var seconds = options.Value.SecretRetryInterval.TotalSeconds;
        return new CloneFailure(
            Reasons.AuthenticationFailed,
            string.Create(
                CultureInfo.InvariantCulture,
                $"The remote keeps refusing the {given.Http?.Keys ?? (given.Certificate is null ? "identity" : "certificate")} of "
                    + $"{given.Source}, so for all that use it together it "
                    + $"is tried "
                    + $"a few times a minute only, until it is accepted: this one waits. Put a valid one there, which is tried within "
                    + $"{seconds:0} s."
            )
        )
        {
            RetryAfter = options.Value.SecretRetryInterval,
            SaysNothingOfHost = true,
        };
    }

    /// <summary>Notes what came of a try.</summary>
    /// <param name="url">Where.</param>
    /// <param name="given">With which credentials.</param>
    /// <param name="failure">What failed; null: nothing.</param>
    /// <returns>
    /// The failure as it is to be reported. What was issued for a time is issued anew at the next try, which need not wait for a person.
    /// </returns>
    public CloneFailure? Note(GitUrl url, GitCredentials given, CloneFailure? failure)
    {
        if (KeyOf(url, given) is not { } key)
        {
            return failure;
        }

        if (failure?.RefusesCredentials == true)
        {
            MakeRoom();
            _refused.GetOrAdd(key, _ => new RefusedCredential(time)).Refuse(url.ToString());
        }
        else if (
            failure is null or { Reason: Reasons.BranchNotFound or Reasons.RefNotFound or Reasons.EmptyRepository }
            && _refused.TryGetValue(key, out var refused)
        )
        {
            // Other failures say nothing of them: the host was silent, or responds in one way to those who may not know.
            refused.Accept(url.ToString());
        }

        return failure is { RefusesCredentials: true } && given.Http?.Account is not null
            ? failure with
            {
                RetryAfter = options.Value.SecretRetryInterval,
            }
            : failure;
    }

    private string? KeyOf(GitUrl url, GitCredentials given)
    {
        string?[]? secret = given switch
        {
            { Http: { } login } when url.IsHttp => [login.UserName, login.Account ?? login.Secret, given.Certificate?.PrivateKey],
            { Certificate: { } certificate } when url.IsHttp => [certificate.Certificates, certificate.PrivateKey],
            { Ssh: { } identity } when !url.IsHttp => [SshAddress.Of(url).User, identity.PrivateKey, identity.Passphrase],
            _ => null,
        };
        return secret is null ? null : _digest.Of([url.Scheme, url.Authority, .. secret]);
    }

    private void MakeRoom()
    {
        if (_refused.Count < Most)
        {
            return;
        }

        foreach (var (key, _) in _refused.Where(one => time.GetElapsedTime(one.Value.TriedAt) > Remembered))
        {
            _refused.TryRemove(key, out _);
        }

        if (_refused.Count >= Most)
        {
            _refused.Clear();
        }
    }
}
