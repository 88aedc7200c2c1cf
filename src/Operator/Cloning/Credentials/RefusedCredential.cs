namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// A credential that a host refused at least once. Hosts don't say whether it has expired or lacks the right to one repository, so that
/// is judged by the others: it has expired when it was refused for several repositories and accepted for none since. A repository that
/// refused it before it was accepted for another one lacks the right, and is no sign of anything; so a valid credential is soon tried
/// without any delay again, however many repositories it may not read.
/// </summary>
internal sealed class RefusedCredential(TimeProvider time)
{
    /// <summary>How many repositories have to refuse it before it is taken for expired: a right is missing for one or two.</summary>
    public const int Enough = 3;

    /// <summary>How long after a try it is tried again then, all repositories together: three times a minute.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    // One repository, that many CodeRepos may have, gets as many tries, and so many at once: somebody who has put it right asks for it.
    private const int TriesAtOnce = 3;

    // Guards all below: the workers of many CodeRepos come at once.
    private readonly Lock _lock = new();

    // Those that refused it since it was accepted, and those that did before: by repository, when all its tries are made up for.
    private readonly Dictionary<string, long> _refusing = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _forbidden = new(StringComparer.Ordinal);
    private readonly long _pause = (long)(Pause.TotalSeconds * time.TimestampFrequency);
    private long _triedAt = time.GetTimestamp();

    /// <summary>When it was tried last, by the monotonic clock.</summary>
    public long TriedAt
    {
        get
        {
            lock (_lock)
            {
                return _triedAt;
            }
        }
    }

    /// <summary>Begins a try for a repository, unless it must wait.</summary>
    /// <returns>Whether it may be tried now.</returns>
    public bool TryBegin(string repository)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var tries = _refusing.ContainsKey(repository) ? _refusing : _forbidden;
            var madeUpAt = Math.Max(now, tries.GetValueOrDefault(repository));
            if ((_refusing.Count >= Enough && now - _triedAt < _pause) || madeUpAt - now > (TriesAtOnce - 1) * _pause)
            {
                return false;
            }

            _triedAt = now;
            if (tries.ContainsKey(repository))
            {
                tries[repository] = madeUpAt + _pause;
            }

            return true;
        }
    }

    /// <summary>It was refused.</summary>
    public void Refuse(string repository)
    {
        lock (_lock)
        {
            // Later tries are counted when they begin.
            _triedAt = time.GetTimestamp();
            if (!_forbidden.ContainsKey(repository))
            {
                _refusing.TryAdd(repository, _triedAt + _pause);
            }
        }
    }

    /// <summary>It was accepted.</summary>
    public void Accept(string repository)
    {
        lock (_lock)
        {
            foreach (var (refusing, madeUpAt) in _refusing)
            {
                _forbidden[refusing] = madeUpAt;
            }

            _refusing.Clear();
            _forbidden.Remove(repository);
        }
    }
}
