using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Which rows of one target belong to which CodeRepos. Pure.</summary>
internal sealed class RowMatches
{
    private readonly Dictionary<string, RowMatch> _byUid = [];
    private readonly Dictionary<string, List<DesiredRow>> _claims = new(StringComparer.Ordinal);

    private RowMatches()
    {
    }

    /// <summary>Matches.</summary>
    /// <param name="wanted">What CodeRepos ask for.</param>
    /// <param name="rows">The candidates: rows that are spelled alike, and those whose keys are named.</param>
    /// <param name="keyType">The type of the key, as <c>format_type</c> spells it.</param>
    /// <param name="hasBranches">Whether the table has a column of the branch; without, a row is of all branches.</param>
    public static RowMatches Between(IReadOnlyCollection<DesiredRow> wanted, IEnumerable<IndexingRow> rows, string keyType, bool hasBranches)
    {
        var byKey = rows.DistinctBy(row => row.Key).ToDictionary(row => row.Key, StringComparer.Ordinal);
        var byRepo = byKey.Values.Where(row => row.Repo is not null).ToLookup(row => row.Repo);
        var matches = new RowMatches();
        foreach (var one in wanted)
        {
            var match = Match(one, byKey, byRepo[one.Repo], keyType, hasBranches);

            // What it may not have it learns nothing of: not even that a row is there and another's.
            matches._byUid[one.Uid] = one.MayHaveRows ? match : RowMatch.None with { Withheld = match.Rows };
        }

        matches.CountSharers(wanted);
        return matches;
    }

    /// <summary>The rows of a CodeRepo; null: it was not among those that were matched.</summary>
    public RowMatch? Of(string uid) => _byUid.GetValueOrDefault(uid);

    /// <summary>The thresholds of rows where they are not the table's: of several CodeRepos, the largest.</summary>
    /// <param name="ofTable">What those have that ask for none.</param>
    public IReadOnlyList<RowThreshold> Thresholds(TimeSpan ofTable) =>
    [
        .. _claims.Select(claim => new RowThreshold(claim.Key, claim.Value.Max(one => one.Threshold.Value ?? ofTable)))
            .Where(row => row.Threshold != ofTable),
    ];

    /// <summary>The same, with the rows that a sweep has reset as they are now.</summary>
    public RowMatches After(IndexingTarget target, IReadOnlyDictionary<string, ResetRow> reset)
    {
        var after = new RowMatches();
        foreach (var (uid, match) in _byUid)
        {
            after._byUid[uid] = match.Rows.Any(row => reset.ContainsKey(row.Key))
                ? match with { Rows = [.. match.Rows.Select(row => reset.TryGetValue(row.Key, out var how) ? After(target, row, how) : row)] }
                : match;
        }

        return after;
    }

    private static IndexingRow After(IndexingTarget target, IndexingRow row, ResetRow reset) => row with
    {
        Status = reset.IsExhausted ? target.Exhausted ?? target.Reset : target.Reset,
        Resets = reset.Resets ?? row.Resets,
    };

    private static RowMatch Match(
        DesiredRow wanted, Dictionary<string, IndexingRow> byKey, IEnumerable<IndexingRow> ofRepo, string keyType, bool hasBranches)
    {
        if (wanted.Id is not { } id)
        {
            return wanted.Repo is null ? RowMatch.None : RowMatch.None with { Rows = [.. ofRepo.Where(row => wanted.IsOfTenant(row) && (!hasBranches || IsOfBranch(wanted, row)))] };
        }

        if (RowKey.Canonical(keyType, id) is not { } key)
        {
            return RowMatch.None with { IsNoKey = true };
        }

        // Whoever may write a CodeRepo may name any key: the row of another repository is none of its business.
        return !byKey.TryGetValue(key, out var named) || !wanted.IsOfTenant(named) ? RowMatch.None
            : named.Repo is { } repo && repo == wanted.Repo ? RowMatch.None with { Rows = [named] }
            : RowMatch.None with { IsOfAnother = true };
    }

    private static bool IsOfBranch(DesiredRow wanted, IndexingRow row)
        => string.IsNullOrEmpty(row.Branch) ? wanted.FollowsHead : row.Branch == wanted.Branch;

    private void CountSharers(IReadOnlyCollection<DesiredRow> wanted)
    {
        foreach (var one in wanted)
        {
            foreach (var row in _byUid[one.Uid].Rows)
            {
                if (!_claims.TryGetValue(row.Key, out var claims))
                {
                    _claims[row.Key] = claims = [];
                }

                claims.Add(one);
            }
        }

        foreach (var (uid, match) in _byUid.Where(match => match.Value.Rows.Count > 0).ToList())
        {
            _byUid[uid] = match with { Sharers = match.Rows.Max(row => _claims[row.Key].Count) };
        }
    }
}
