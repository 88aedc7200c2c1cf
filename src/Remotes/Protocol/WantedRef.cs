using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>Picks the wanted branch out of a remote's refs, one by one, so that a remote with a million refs costs no memory.</summary>
/// <param name="branch">The branch; null: the one that HEAD names.</param>
/// <param name="namesTarget">Whether the server says which branch HEAD names, so that HEAD is detached where it says none.</param>
internal sealed class WantedRef(BranchName? branch, bool namesTarget)
{
    private const string Heads = "refs/heads/";

    private RefLine? _head;
    private RefLine? _wanted;
    private RefLine? _sameAsHead;
    private bool _any;

    /// <summary>Takes the next ref; HEAD comes first where there is one.</summary>
    public void Add(RefLine line)
    {
        _any |= line.Commit is not null;
        if (line.Name == "HEAD")
        {
            _head = line;
        }
        else if (line.Name == (branch?.Ref ?? _head?.Target))
        {
            _wanted = line;
        }
        else if (
            branch is null
            && !namesTarget
            && _head is { Target: null, Commit: { } commit }
            && line.Commit == commit
            && line.Name.StartsWith(Heads, StringComparison.Ordinal)
        )
        {
            // A guess, as git makes it: main or master if they are there too, else the first.
            _sameAsHead = _sameAsHead is null || line.Name is Heads + "main" or Heads + "master" ? line : _sameAsHead;
        }
    }

    /// <summary>What was found, once all refs were taken.</summary>
    /// <param name="complete">Whether all refs of the remote were shown, so that none means that it is empty.</param>
    public Attempt<RemoteHead> Result(bool complete)
    {
        if (!_any && complete)
        {
            return new CloneFailure(Reasons.EmptyRepository, "The repository has no commit yet: push one.");
        }

        if (branch is not null)
        {
            return _wanted?.Commit is { } commit
                ? new RemoteHead(branch.ToString(), commit, IsDefault: _head?.Target == branch.Ref)
                : new CloneFailure(Reasons.BranchNotFound, $"The repository has no branch {branch}: correct spec.branch, or push it.");
        }

        return Default();
    }

    private Attempt<RemoteHead> Default()
    {
        var line = _head?.Target is { } target ? _wanted ?? new RefLine(target, _head.Commit, null) : _sameAsHead;
        if (line is null || !line.Name.StartsWith(Heads, StringComparison.Ordinal))
        {
            return _head?.Commit is { } detached
                ? new RemoteHead(Branch: null, detached)
                : new CloneFailure(Reasons.BranchNotFound, "The repository's HEAD names no branch: set spec.branch.");
        }

        var name = BranchName.Parse(line.Name[Heads.Length..]);
        if (!name.Succeeded)
        {
            return new CloneFailure(
                Reasons.BranchNotFound,
                "The repository's HEAD names a branch with a name that git does not allow: set spec.branch."
            );
        }

        return line.Commit is { } commit
            ? new RemoteHead(name.Value.ToString(), commit, IsDefault: true)
            : new CloneFailure(
                Reasons.BranchNotFound,
                $"The repository's HEAD names the branch {name.Value}, which does not exist: set spec.branch."
            );
    }
}
