using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>Picks what is wanted out of a remote's refs, one by one, so that a remote with a million refs costs no memory.</summary>
/// <param name="revision">What is wanted.</param>
/// <param name="namesTarget">Whether the server says which branch HEAD names, so that HEAD is detached where it says none.</param>
internal sealed class WantedRef(Revision revision, bool namesTarget)
{
    private const string Heads = "refs/heads/";

    /// <summary>Before version 2 of the protocol: in a line of its own, the object that an annotated tag leads to.</summary>
    private const string PeeledEnd = "^{}";

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
        else if (line.Name.EndsWith(PeeledEnd, StringComparison.Ordinal))
        {
            if (_wanted is { } tag && line.Name.AsSpan(0, line.Name.Length - PeeledEnd.Length).SequenceEqual(tag.Name))
            {
                _wanted = tag with { Peeled = line.Commit };
            }
        }
        else if (IsWanted(line))
        {
            _wanted = line;
        }
        else if (
            revision is Revision.Head
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

        return revision switch
        {
            Revision.Head => Default(),
            Revision.Branch { Name: var branch } => _wanted?.Commit is { } commit
                ? new RemoteHead(branch.ToString(), commit, IsDefault: _head?.Target == branch.Ref)
                : new CloneFailure(Reasons.BranchNotFound, $"The repository has no branch {branch}: correct spec.branch, or push it."),
            Revision.Commit { Id: var id } => new RemoteHead(Branch: null, id)
            {
                IsCommitAsked = true,
                IsShown = _wanted is not null || _head?.Commit == id,
            },
            _ => OfRef(),
        };
    }

    private bool IsWanted(RefLine line) =>
        revision switch
        {
            Revision.Highest { Range: var range } => line.Name.StartsWith(Revision.Tags, StringComparison.Ordinal)
                && range.Prefers(line.Name[Revision.Tags.Length..], _wanted?.Name[Revision.Tags.Length..]),
            Revision.Commit { Id: var commit } => line.Commit == commit,
            _ => line.Name == (revision.Ref ?? _head?.Target),
        };

    private Attempt<RemoteHead> OfRef()
    {
        if (_wanted is { Commit: { } found } line)
        {
            return new RemoteHead(Branch: null, line.Peeled ?? found) { Ref = line.Name, TagObject = line.Peeled is null ? null : found };
        }

        return new CloneFailure(
            Reasons.RefNotFound,
            revision switch
            {
                Revision.Highest { Range: var range } =>
                    $"The repository has no tag with a version in the range {range}: correct spec.ref.semver, or push one.",
                { Ref: { } name } when name.StartsWith(Revision.Tags, StringComparison.Ordinal) =>
                    $"The repository has no tag {name[Revision.Tags.Length..]}: correct spec.ref, or push it.",
                _ => $"The repository has no ref {revision.Ref}, or does not show it: correct spec.ref.",
            }
        );
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
