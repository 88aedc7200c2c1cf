using System.Collections.Concurrent;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// How much one remote host may take of what all hosts share: three quarters, and of one that gave no answer last time one
/// place, so that hosts that hang leave room for the others.
/// </summary>
internal sealed class HostShares
{
    /// <summary>Which part of the whole is kept for others.</summary>
    private const int OthersPart = 4;

    private readonly ConcurrentDictionary<string, bool> _silent = new();

    /// <summary>How many places a host may take.</summary>
    /// <param name="host">The host, as <see cref="GitUrl.Authority"/> names it.</param>
    /// <param name="total">How many there are for all.</param>
    public int Of(string host, int total) => _silent.ContainsKey(host) ? 1 : Math.Max(1, total - Math.Max(1, total / OthersPart));

    /// <summary>Notes what came of an attempt.</summary>
    /// <param name="host">The host.</param>
    /// <param name="failure">What failed; null: nothing.</param>
    public void Note(string host, CloneFailure? failure)
    {
        switch (failure?.Reason)
        {
            case Reasons.Timeout or Reasons.Unreachable:
                _silent[host] = true;
                break;
            case Reasons.HostNotAllowed or Reasons.Superseded or Reasons.StoreFull or Reasons.StoreUnavailable:
                // It says nothing about the host.
                break;
            default:
                Forget(host);
                break;
        }
    }

    /// <summary>Forgets a host: it answered, or a CodeRepo of it is gone and perhaps it was the last.</summary>
    public void Forget(string host) => _silent.TryRemove(host, out _);
}
