using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Importing;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>Compares what rows declare with the CodeRepos that there are. Pure.</summary>
/// <param name="declaredBy">The label's value of the CodeRepos that this operator made of these rows: it touches no others.</param>
/// <param name="identities">Of CodeRepos.</param>
internal sealed class DeclarationPlan(string declaredBy, RepoIdentities identities)
{
    /// <summary>Finds what is to be done.</summary>
    /// <param name="rows">All rows that declare something.</param>
    /// <param name="repos">All CodeRepos of their namespace.</param>
    /// <returns>The steps: changes first, then what goes, then what comes.</returns>
    public IReadOnlyList<DeclarationStep> StepsFor(IReadOnlyCollection<DeclaredRow> rows, IReadOnlyCollection<CodeRepo> repos)
    {
        var own = new List<CodeRepo>();
        var others = new HashSet<CloneIdentity>();
        var leaving = new HashSet<CloneIdentity>();
        foreach (var repo in repos)
        {
            var isLeaving = repo.Metadata.DeletionTimestamp is not null;
            if (isLeaving && IsOwn(repo) && identities.OfSpec(repo) is { } identity)
            {
                // What comes after it is made when it is gone, and gets its name.
                leaving.Add(identity);
            }
            else if (!isLeaving && IsOwn(repo))
            {
                own.Add(repo);
            }
            else if (!isLeaving)
            {
                others.UnionWith(identities.Of(repo));
            }
        }

        return Steps(Desired(rows, own), own, others, leaving);
    }

    /// <summary>Whether a CodeRepo is one of those that this operator made of these rows.</summary>
    private bool IsOwn(CodeRepo repo) =>
        repo.Metadata.Labels?.TryGetValue(CodeRepo.DeclaredByLabel, out var by) == true && by == declaredBy;

    /// <summary>Whether a CodeRepo is as its row declares it. What the row says nothing of is whoever's it is.</summary>
    private static bool IsAsDeclared(CodeRepo repo, DeclaredRow row) =>
        MarkOf(repo) == row.Mark
        && repo.Spec.GitUrl == row.Url
        && (repo.Spec.Branch ?? "") == (row.Branch ?? "")
        && (row.Secret is null || repo.Spec.Auth?.Secret == row.Secret);

    private static string? MarkOf(CodeRepo repo) =>
        repo.Metadata.Annotations?.TryGetValue(CodeRepo.DeclaredRowAnnotation, out var mark) == true ? mark : null;

    /// <summary>
    /// Of rows that declare the same, the one that has the CodeRepo keeps it: another spelling of the URL changes nothing then.
    /// </summary>
    private Dictionary<CloneIdentity, DeclaredRow> Desired(IReadOnlyCollection<DeclaredRow> rows, List<CodeRepo> own)
    {
        var owners = new Dictionary<CloneIdentity, string>(own.Count);
        foreach (var repo in own)
        {
            if (MarkOf(repo) is { } mark && identities.OfSpec(repo) is { } identity)
            {
                owners.TryAdd(identity, mark);
            }
        }

        var desired = new Dictionary<CloneIdentity, DeclaredRow>(rows.Count);
        foreach (var row in rows)
        {
            if (!desired.TryGetValue(row.Identity, out var other) || IsBefore(row, other, owners.GetValueOrDefault(row.Identity)))
            {
                desired[row.Identity] = row;
            }
        }

        return desired;
    }

    private static bool IsBefore(DeclaredRow row, DeclaredRow other, string? owner) =>
        (row.Mark == owner) != (other.Mark == owner) ? row.Mark == owner : string.CompareOrdinal(row.Key, other.Key) < 0;

    private IReadOnlyList<DeclarationStep> Steps(
        Dictionary<CloneIdentity, DeclaredRow> desired,
        List<CodeRepo> own,
        HashSet<CloneIdentity> others,
        HashSet<CloneIdentity> leaving
    )
    {
        var updates = new List<DeclarationStep>();
        var left = new Dictionary<string, CodeRepo>(StringComparer.Ordinal);
        var prunes = new List<DeclarationStep>();

        // Those of a repository and branch that rows declare still are kept, whichever of the rows it is.
        foreach (var repo in own)
        {
            if (identities.OfSpec(repo) is { } identity && desired.Remove(identity, out var row))
            {
                if (!IsAsDeclared(repo, row))
                {
                    updates.Add(new DeclarationStep.Update(repo, row));
                }
            }
            else if (MarkOf(repo) is not { } mark || !left.TryAdd(mark, repo))
            {
                prunes.Add(new DeclarationStep.Prune(repo));
            }
        }

        // A row that declares another now takes its CodeRepo along.
        var creates = new List<DeclarationStep>();
        foreach (var row in desired.Values.Where(row => !others.Contains(row.Identity) && !leaving.Contains(row.Identity)))
        {
            if (left.Remove(row.Mark, out var repo))
            {
                updates.Add(new DeclarationStep.Update(repo, row));
            }
            else
            {
                creates.Add(new DeclarationStep.Create(row));
            }
        }

        prunes.AddRange(left.Values.Select(repo => new DeclarationStep.Prune(repo)));
        return [.. updates, .. prunes, .. creates];
    }
}
