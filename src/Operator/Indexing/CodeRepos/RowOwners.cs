using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>Which rows of one target belong to which CodeRepos. Pure.</summary>
internal sealed class RowOwners
{
    private readonly Dictionary<string, OwnedRows> _byUid = [];
    private readonly Dictionary<string, List<DesiredRow>> _byRow = new(StringComparer.Ordinal);

    private RowOwners() { }

    /// <summary>Matches.</summary>
    /// <param name="desired">What CodeRepos ask for.</param>
    /// <param name="rows">The candidates: rows that are spelled alike, and those whose keys are named.</param>
    /// <param name="keyType">The type of the key, as <c>format_type</c> spells it.</param>
    /// <param name="hasBranches">Whether the table has a column of the branch; without, a row is of all branches.</param>
    public static RowOwners Between(
        IReadOnlyCollection<DesiredRow> desired,
        IEnumerable<IndexingRow> rows,
        string keyType,
        bool hasBranches
    )
    {
        var byKey = rows.DistinctBy(row => row.Key).ToDictionary(row => row.Key, StringComparer.Ordinal);
        var byRepo = byKey.Values.Where(row => row.Repo is not null).ToLookup(row => row.Repo);
        var owners = new RowOwners();
        foreach (var one in desired)
        {
            var owned = RowsOf(one, byKey, byRepo[one.Repo], keyType, hasBranches);

            // What it may not have it learns nothing of: not even that a row is there and another's.
            owners._byUid[one.Uid] = one.MayHaveRows ? owned : OwnedRows.None with { Withheld = owned.Rows };
        }

        owners.CountSharers(desired);
        return owners;
    }

    /// <summary>The rows of a CodeRepo; null: it was not among those that were matched.</summary>
    public OwnedRows? Of(string uid) => _byUid.GetValueOrDefault(uid);

    /// <summary>The thresholds of rows where they are not the table's: of several CodeRepos, the largest.</summary>
    /// <param name="ofTable">What those have that ask for none.</param>
    public IReadOnlyDictionary<string, TimeSpan> Thresholds(TimeSpan ofTable) =>
        _byRow
            .Select(row => KeyValuePair.Create(row.Key, row.Value.Max(one => one.Threshold.Value ?? ofTable)))
            .Where(row => row.Value != ofTable)
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>The same, with the rows that a sweep has reset as they are now.</summary>
    public RowOwners After(IndexingTarget target, IReadOnlyDictionary<string, SweptRow> reset)
    {
        var after = new RowOwners();
        foreach (var (uid, owned) in _byUid)
        {
            after._byUid[uid] = owned.Rows.Any(row => reset.ContainsKey(row.Key))
                ? owned with
                {
                    Rows = [.. owned.Rows.Select(row => reset.TryGetValue(row.Key, out var how) ? After(target, row, how) : row)],
                }
                : owned;
        }

        return after;
    }

    private static IndexingRow After(IndexingTarget target, IndexingRow row, SweptRow reset) =>
        row with
        {
            Status = reset.IsExhausted ? target.Exhausted ?? target.Reset : target.Reset,
            Resets = reset.Resets ?? row.Resets,
        };

    private static OwnedRows RowsOf(
        DesiredRow desired,
        Dictionary<string, IndexingRow> byKey,
        IEnumerable<IndexingRow> ofRepo,
        string keyType,
        bool hasBranches
    )
    {
        if (desired.Id is not { } id)
        {
            return desired.Repo is null
                ? OwnedRows.None
                : OwnedRows.None with
                {
                    Rows = [.. ofRepo.Where(row => desired.IsOfTenant(row) && (!hasBranches || IsOfBranch(desired, row)))],
                };
        }

        if (KeySpelling.Canonical(keyType, id) is not { } key)
        {
            return OwnedRows.None with { IsNoKey = true };
        }

        // Whoever may write a CodeRepo may name any key: the row of another repository is none of its business.
        return !byKey.TryGetValue(key, out var named) || !desired.IsOfTenant(named) ? OwnedRows.None
            : named.Repo is { } repo && repo == desired.Repo ? OwnedRows.None with { Rows = [named] }
            : OwnedRows.None with { IsOfAnother = true };
    }

    private static bool IsOfBranch(DesiredRow desired, IndexingRow row) =>
        string.IsNullOrEmpty(row.Branch) ? desired.FollowsHead : row.Branch == desired.Branch;

    private void CountSharers(IReadOnlyCollection<DesiredRow> desired)
    {
        foreach (var one in desired)
        {
            foreach (var row in _byUid[one.Uid].Rows)
            {
                if (!_byRow.TryGetValue(row.Key, out var sharers))
                {
                    _byRow[row.Key] = sharers = [];
                }

                sharers.Add(one);
            }
        }

        foreach (var (uid, owned) in _byUid.Where(one => one.Value.Rows.Count > 0).ToList())
        {
            _byUid[uid] = owned with { Sharers = owned.Rows.Max(row => _byRow[row.Key].Count) };
        }
    }
}
