using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using k8s.Models;

namespace CodeRepoOperator.Indexing.CodeRepos;

/// <summary>CodeRepos and rows, as tests vary them.</summary>
internal static class TestRows
{
    public const string Url = "https://git.example.com/team/hello.git";

    public static readonly DateTimeOffset StartedAt = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    public static readonly IndexingOptions Options = new();

    public static readonly IndexingTarget Target = new();

    /// <summary>A CodeRepo whose clone is there, unless the change says otherwise.</summary>
    public static CodeRepo Repo(string uid = "uid", Action<CodeRepo>? change = null) => Cloned(Bare(uid, change));

    /// <summary>With a clone of what its spec asks for, as far as its status says nothing else.</summary>
    public static CodeRepo Cloned(CodeRepo repo)
    {
        repo.Status ??= new CodeRepoStatus();
        repo.Status.Branch ??= repo.Spec.Branch;
        repo.Status.Origin ??= new CodeRepoOrigin { Url = repo.Spec.GitUrl, Access = CloneAccess.Secret };
        var conditions = repo.Status.Conditions ?? [];
        repo.Status.Conditions = conditions.Any(condition => condition.Type == ConditionTypes.CloneAvailable)
            ? conditions
            : [.. conditions, new V1Condition { Type = ConditionTypes.CloneAvailable, Status = "True" }];
        return repo;
    }

    public static CodeRepo Bare(string uid = "uid", Action<CodeRepo>? change = null)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta
            {
                Name = "hello",
                NamespaceProperty = "team",
                Uid = uid,
                Generation = 3,
            },
            Spec = new CodeRepoSpec { GitUrl = Url, Branch = "main" },
        };
        change?.Invoke(repo);
        return repo;
    }

    public static DesiredRow Wanted(string uid = "uid", Action<CodeRepo>? change = null) => DesiredRow.Of(Repo(uid, change), Options);

    /// <summary>What one asks for that has nothing but a URL.</summary>
    public static DesiredRow Unproven(string uid = "uid", Action<CodeRepo>? change = null) => DesiredRow.Of(Bare(uid, change), Options);

    public static DesiredRow WantedWith(string uid, string threshold) =>
        Wanted(uid, repo => repo.Spec.Indexing = new CodeRepoIndexing { Threshold = threshold });

    public static IndexingRow Row(
        string key = "1",
        string? url = Url,
        string? branch = "main",
        string? status = "cloned",
        int? resets = 0
    ) =>
        new(key, url ?? "", branch)
        {
            Status = status,
            StartedAt = StartedAt,
            Resets = resets,
        };

    public static RowOwners Match(IReadOnlyCollection<DesiredRow> wanted, params IndexingRow[] rows) =>
        RowOwners.Between(wanted, rows, "bigint", hasBranches: true);

    public static TargetFinding Found(
        RowOwners? owners,
        SweepOutcome outcome = SweepOutcome.Swept,
        string? why = null,
        int failures = 0,
        params SweptRow[] reset
    ) => new(new SweepResult(Target, outcome, reset, why), failures, owners);
}
