using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Submodules;
using CodeRepoOperator.Remotes.Urls;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>One run over the submodules of a clone. Several are fetched at the same time.</summary>
internal sealed class SubmoduleRun(SubmoduleWork work, SubmoduleRemote remote, ContentBudget budget, SubmoduleDirectory directory)
{
    /// <summary>How many failures are kept, of which some are named; the others are counted.</summary>
    private const int MostFailures = DesiredSubmodules.LargestMax;

    /// <summary>In characters, each of which may be six bytes in the marker, which has them all and a limit of its own.</summary>
    private const int MostText = 128 * 1024;

    private readonly DesiredSubmodules _asked = work.Desired.Submodules!;
    private readonly SubmoduleSeeds _seeds = new(work);

    /// <summary>Guards the fields below: those that run at the same time end at any time.</summary>
    private readonly Lock _lock = new();
    private readonly List<(PendingSubmodule Submodule, FetchedTree Tree)> _done = [];
    private readonly List<SubmoduleFailure> _failures = [];
    private readonly List<PendingSubmodule> _tooLarge = [];
    private int _known;
    private int _more;
    private int _textLength;

    private volatile CloneFailure? _fatal;

    /// <summary>Why there is no clone at all: a required one is missing, or the volume has no room; null: nothing is wrong.</summary>
    public CloneFailure? Fatal => _fatal;

    /// <summary>The submodules of the clone itself.</summary>
    public IReadOnlyList<PendingSubmodule> Begin()
    {
        lock (_lock)
        {
            return PendingWhileLocked(work.Tree, work.Desired.Url, parent: null);
        }
    }

    /// <summary>What came of all.</summary>
    public MadeSubmodules End()
    {
        directory.Close();
        lock (_lock)
        {
            // By their paths, so each is before those in it.
            var done = _done.OrderBy(one => one.Submodule.Place.Path, StringComparer.Ordinal).ToList();
            return new MadeSubmodules(
                [.. done.Select(one => one.Submodule.Place)],
                [.. _failures],
                _more,
                [.. done.Select(one => (one.Submodule.Place.Path, one.Tree))]
            );
        }
    }

    /// <summary>Those that need more than a part of what is left.</summary>
    public IReadOnlyList<PendingSubmodule> TakeTooLarge()
    {
        lock (_lock)
        {
            var taken = _tooLarge.OrderBy(submodule => submodule.Place.Path, StringComparer.Ordinal).ToList();
            _tooLarge.Clear();
            return taken;
        }
    }

    /// <summary>Fetches one beside others.</summary>
    /// <returns>Those that are in it.</returns>
    public Task<IReadOnlyList<PendingSubmodule>> FetchAsync(PendingSubmodule submodule, CancellationToken cancellationToken) =>
        FetchAsync(submodule, SubmoduleLanes.Most, cancellationToken);

    /// <summary>Fetches one with all that is left.</summary>
    /// <returns>Those that are in it.</returns>
    public Task<IReadOnlyList<PendingSubmodule>> FetchAloneAsync(PendingSubmodule submodule, CancellationToken cancellationToken) =>
        FetchAsync(submodule, 1, cancellationToken);

    private async Task<IReadOnlyList<PendingSubmodule>> FetchAsync(
        PendingSubmodule submodule,
        int parts,
        CancellationToken cancellationToken
    )
    {
        if (_fatal is not null)
        {
            return [];
        }

        var share = budget.Take(parts);
        CloneSize? used = null;
        try
        {
            var fetched = await FetchAsync(submodule, share, cancellationToken);
            used = fetched.Value?.Size;
            lock (_lock)
            {
                return NoteWhileLocked(submodule, fetched, parts > 1 && fetched.Failure?.Message == share.WhenExceeded.Message);
            }
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                // If it was the clone's own time that was up, whoever waits for all sees that.
                FailWhileLocked(SubmoduleFailure.OfRemote(submodule, work.Desired.Url, TooSlow));
                return [];
            }
        }
        finally
        {
            budget.GiveBack(share, used);
        }
    }

    private List<PendingSubmodule> NoteWhileLocked(PendingSubmodule submodule, Attempt<FetchedTree> fetched, bool isTooLarge)
    {
        if (fetched.Succeeded)
        {
            _done.Add((submodule, fetched.Value with { Submodules = null }));
            return PendingWhileLocked(fetched.Value, submodule.Url, submodule);
        }

        if (isTooLarge)
        {
            _tooLarge.Add(submodule);
        }
        else
        {
            FailWhileLocked(SubmoduleFailure.OfRemote(submodule, work.Desired.Url, fetched.Failure));
        }

        return [];
    }

    private async Task<Attempt<FetchedTree>> FetchAsync(PendingSubmodule submodule, CloneBudget share, CancellationToken cancellationToken)
    {
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            var seed = _seeds.Of(submodule.Place);
            var fetched = await FetchAsync(submodule, share, seed, cancellationToken);

            // What the older clone lent may be damaged, or more work than all of it.
            return seed is not null && fetched.Failure?.Reason == Reasons.TransferFailed
                ? await FetchAsync(submodule, share, seed: null, cancellationToken)
                : fetched;
        }
        catch (Exception error) when (StoreFailure.IsOf(error))
        {
            return VolumeSpace.Explain(StoreFailure.From(error), work.Order.Directory);
        }
    }

    private async Task<Attempt<FetchedTree>> FetchAsync(
        PendingSubmodule submodule,
        CloneBudget share,
        GitTree? seed,
        CancellationToken cancellationToken
    )
    {
        var made = directory.New();
        var head = new RemoteHead(Branch: null, submodule.Place.Commit) { IsCommitAsked = true };
        var order = new CloneOrder(submodule.Url, head, Depth: 1, made)
        {
            SeedFrom = seed,
            Budget = share,
            MaxSubmodules = MostIn(submodule),
            IsSubmodule = true,
            FindLfs = work.Desired.Lfs is not null,
        };
        var own = work.Order.Credentials ?? GitCredentials.Anonymous;
        var fetched = await remote.CloneAsync(work.Desired, own, order, cancellationToken);
        if (fetched.Succeeded)
        {
            directory.Place(made, submodule);
        }
        else
        {
            DirectoryTree.Delete(made);
        }

        return fetched;
    }

    /// <summary>
    /// Notes one that is missing. What the volume or the quota lacks is nothing that leaving it out would be an answer to: the clone is
    /// made with another part of the quota, or at another time.
    /// </summary>
    private void FailWhileLocked(SubmoduleFailure failure)
    {
        if (_asked.Required || failure.Failure.Reason is Reasons.QuotaExceeded or Reasons.StoreFull or Reasons.StoreUnavailable)
        {
            _fatal ??= failure.Failure;
        }

        if (_failures.Count < MostFailures)
        {
            _failures.Add(failure);
        }
        else
        {
            _more++;
        }
    }

    private List<PendingSubmodule> PendingWhileLocked(FetchedTree tree, GitUrl url, PendingSubmodule? parent)
    {
        var found = tree.Submodules ?? new FoundSubmodules([], [], 0);
        var pending = new List<PendingSubmodule>();
        var prefix = parent is null ? "" : parent.Place.Path + '/';
        var level = (parent?.Level ?? 0) + 1;
        foreach (var one in found.First)
        {
            var path = prefix + one.Path;
            if (level > _asked.Depth)
            {
                FailWhileLocked(SubmoduleFailure.OfLimit(RemoteText.Escaped(path), DepthField));
            }
            else if (_known == _asked.Max)
            {
                FailWhileLocked(SubmoduleFailure.OfLimit(RemoteText.Escaped(path), MaxField));
            }
            else if (one is not { Flaw: null, Name: not null, Url: { } written })
            {
                FailWhileLocked(SubmoduleFailure.OfContent(RemoteText.Escaped(path), Reasons.Unsupported, one.Flaw ?? "it has no URL"));
            }
            else if (SubmoduleUrl.Resolve(written, url) is { Succeeded: false, Failure: { } refused })
            {
                FailWhileLocked(
                    SubmoduleFailure.OfContent(RemoteText.Escaped(path), refused.Reason, $"its URL is not taken. {refused.Message}")
                );
            }
            else
            {
                AddWhileLocked(pending, one with { Path = path }, SubmoduleUrl.Resolve(written, url).Value!, parent);
            }
        }

        var others = found.Count - found.First.Count;
        foreach (var path in found.More)
        {
            FailWhileLocked(SubmoduleFailure.OfLimit(RemoteText.Escaped(prefix) + path, level > _asked.Depth ? DepthField : MaxField));
        }

        _more += others - found.More.Count;
        return pending;
    }

    private void AddWhileLocked(List<PendingSubmodule> pending, FoundSubmodule found, GitUrl url, PendingSubmodule? parent)
    {
        var name = found.Name!;
        var parentModules = parent?.Place.Modules ?? "";
        var modules = (parentModules.Length == 0 ? "" : parentModules + '/') + $"{GitPaths.ModulesName}/{name}";
        var place = new SubmodulePlace(found.Path, modules, url.ToString(), found.Commit);

        // The worker reads what is hostile: what it makes of that is looked at again.
        if (!place.IsPossible || !SubmoduleName.IsSafe(name))
        {
            FailWhileLocked(
                SubmoduleFailure.OfContent(RemoteText.Escaped(found.Path), Reasons.Unsupported, "its name or path is not safe, or too long")
            );
            return;
        }

        _textLength += place.Path.Length + place.Modules.Length + place.Url.Length;
        if (_textLength > MostText)
        {
            FailWhileLocked(
                SubmoduleFailure.OfContent(RemoteText.Escaped(found.Path), Reasons.TooLarge, "all names are too long together")
            );
            return;
        }

        _known++;
        pending.Add(new PendingSubmodule(place, url, parentModules, name, (parent?.Level ?? 0) + 1));
    }

    /// <summary>How many submodules of one are listed: of those that can't be fetched anyway, one.</summary>
    private int MostIn(PendingSubmodule submodule)
    {
        lock (_lock)
        {
            return submodule.Level == _asked.Depth ? 1 : Math.Max(1, _asked.Max - _known);
        }
    }

    private string DepthField => $"spec.submodules.depth ({_asked.Depth})";

    private string MaxField => $"spec.submodules.max ({_asked.Max})";

    private static CloneFailure TooSlow { get; } =
        new(Reasons.Timeout, "It took longer than is left of spec.timeout: raise it, or see whether the remote is slow.");
}
