using System.Collections.Concurrent;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>
/// How much one remote host may take of what all hosts share, so that one that hangs leaves room for the others: three
/// quarters when it responded last time, one place when it did not, and a quarter before that is known. A CodeRepo with a proxy of its own
/// is apart from the others of the host, with those of its namespace that have the same one: what a proxy does is not the host's.
/// </summary>
internal sealed class HostShares
{
    /// <summary>The part of the whole that a known host leaves to others, and that an unknown one gets.</summary>
    private const int Part = 4;

    /// <summary>How many hosts are remembered: users name them. Beyond that all are unknown again.</summary>
    private const int Most = 10_000;

    /// <summary>Whether a host responded last time; unknown hosts are not in it.</summary>
    private readonly ConcurrentDictionary<string, bool> _responded = new();

    /// <summary>By which proxies CodeRepos reach their hosts; those without are not in it.</summary>
    private readonly ConcurrentDictionary<NamespacedName, string> _proxies = new();

    /// <summary>Raised when a host may take more than before.</summary>
    public event Action? Widened;

    /// <summary>What a CodeRepo takes places with: a host, by itself or by a proxy.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="url">What it asks.</param>
    public string GroupOf(NamespacedName key, GitUrl url) =>
        _proxies.TryGetValue(key, out var proxy) ? $"{url.Authority} by {proxy} of {key.Namespace}" : url.Authority;

    /// <summary>Notes by which proxy a CodeRepo goes: its Secret says so, which is read when it is tried.</summary>
    /// <param name="key">The CodeRepo.</param>
    /// <param name="proxy">Its address; null: none.</param>
    public void Goes(NamespacedName key, string? proxy)
    {
        if (proxy is null)
        {
            _proxies.TryRemove(key, out _);
            return;
        }

        if (_proxies.Count >= Most)
        {
            _proxies.Clear();
        }

        _proxies[key] = proxy;
    }

    /// <summary>How many places a host may take.</summary>
    /// <param name="host">The host, as <see cref="GroupOf"/> names it.</param>
    /// <param name="total">How many there are for all.</param>
    public int Of(string host, int total) =>
        _responded.TryGetValue(host, out var responded) switch
        {
            false => Math.Max(1, total / Part),
            true when responded => Math.Max(1, total - Math.Max(1, total / Part)),
            true => 1,
        };

    /// <summary>Notes that an unknown host responds. Of one that let us wait last time, only the end of an attempt says.</summary>
    public void Responses(string host)
    {
        if (_responded.TryAdd(host, true))
        {
            Widened?.Invoke();
        }
    }

    /// <summary>Notes what came of an attempt.</summary>
    /// <param name="host">The host.</param>
    /// <param name="failure">What failed; null: nothing. What it says of one repository alone is not the host's.</param>
    public void Note(string host, CloneFailure? failure)
    {
        if (failure?.SaysNothingOfHost == true)
        {
            return;
        }

        if (_responded.Count >= Most)
        {
            _responded.Clear();
        }

        switch (failure?.Reason)
        {
            case Reasons.Timeout or Reasons.Unreachable:
                _responded[host] = false;
                break;
            case Reasons.HostNotAllowed or Reasons.Superseded or Reasons.StoreFull or Reasons.StoreUnavailable or Reasons.QuotaExceeded:
                // It says nothing about the host.
                break;
            default:
                var before = _responded.TryGetValue(host, out var responded) && responded;
                _responded[host] = true;
                if (!before)
                {
                    Widened?.Invoke();
                }

                break;
        }
    }
}
