using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>
/// Which clones of a namespace may be of one repository, whichever branch of it they have: by a hash, which costs little memory. Whoever
/// finds one looks whether it is.
/// </summary>
internal sealed class CloneSiblings
{
    private readonly Lock _lock = new();
    private readonly Dictionary<int, NamespacedName[]> _byRepo = [];

    /// <summary>Adds a clone.</summary>
    public void Add(PublishedClone clone)
    {
        var hash = HashOf(clone);
        lock (_lock)
        {
            var known = _byRepo.GetValueOrDefault(hash) ?? [];
            if (!known.Contains(clone.Key))
            {
                _byRepo[hash] = [.. known, clone.Key];
            }
        }
    }

    /// <summary>Forgets a clone.</summary>
    public void Remove(PublishedClone clone)
    {
        var hash = HashOf(clone);
        lock (_lock)
        {
            if (!_byRepo.TryGetValue(hash, out var known))
            {
                return;
            }

            NamespacedName[] left = [.. known.Where(key => key != clone.Key)];
            if (left.Length == 0)
            {
                _byRepo.Remove(hash);
            }
            else
            {
                _byRepo[hash] = left;
            }
        }
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _byRepo.Clear();
        }
    }

    /// <summary>The clones that may be of the repository that a CodeRepo of a namespace names, in no order.</summary>
    public IReadOnlyList<NamespacedName> Find(string ofNamespace, RepoIdentity repo)
    {
        lock (_lock)
        {
            return _byRepo.GetValueOrDefault(HashCode.Combine(ofNamespace, (RepoIdentity?)repo)) ?? [];
        }
    }

    private static int HashOf(PublishedClone clone) => HashCode.Combine(clone.Key.Namespace, RepoIdentity.TryParse(clone.Marker.Url));
}
