using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

public sealed class SetupFindingsTests
{
    private static readonly TableState Fit = new()
    {
        Kind = "r",
        IsOurs = true,
        MayCreate = true,
        IsKeyUnique = true,
        Owner = "owner",
        Columns = new Dictionary<string, string>
        {
            ["id"] = "uuid",
            ["status"] = "text",
            ["git_url"] = "text",
        },
    };

    private static readonly IndexingTarget Default = new();

    /// <summary>What is there, and how the finding begins; null: nothing is wrong.</summary>
    internal static readonly (string Case, IndexingTarget Target, TableState Table, string? Finding)[] Cases =
    [
        ("the original table", Default, Fit, null),
        (
            "its columns as migrate makes them",
            Default,
            With(("indexing_started_at", "timestamp with time zone"), ("indexing_token", "bigint")),
            null
        ),
        (
            "no column of URLs",
            Default,
            Fit with
            {
                Columns = new Dictionary<string, string> { ["id"] = "uuid", ["status"] = "text" },
            },
            null
        ),
        (
            "no table",
            Default,
            new TableState(),
            "There is no table public.repositories: name yours by Indexing:Targets:1:Schema and Indexing:Targets:1:Table"
        ),
        ("a view", Default, Fit with { Kind = "v" }, "Indexing:Targets:1:Table is public.repositories, which is no table"),
        ("a partitioned table", Default, Fit with { Kind = "p" }, "Indexing:Targets:1:Table is public.repositories, which is partitioned"),
        ("another's table", Default, Fit with { IsOurs = false }, "public.repositories belongs to owner, and user may not change it"),
        ("a closed schema", Default, Fit with { MayCreate = false }, "user may make nothing in the schema public"),
        ("another's journal", Default, Fit with { JournalOwner = "boss" }, "An earlier migrate was run as boss"),
        (
            "a name that something else has",
            Default,
            Fit with
            {
                TakenNames = ["coderepo_url_repositories"],
            },
            "An index of public.repositories must be called coderepo_url_repositories"
        ),
        (
            "a parent of other tables",
            Default,
            Fit with
            {
                Children = ["public.archived"],
            },
            "public.repositories has tables that inherit from it (public.archived), whose rows no trigger of it would see"
        ),
        (
            "a name with a text that the library takes out",
            new IndexingTarget { Table = "a$Schema$.b" },
            Fit,
            "'a$Schema$.b' has $schema$. in it, which migrate can't write: rename it"
        ),
        ("a long table that is not the first", new IndexingTarget { Table = new string('t', 60) }, Fit, "The functions of public.ttt"),
        (
            "a slip in the key",
            new IndexingTarget { Key = "idd" },
            Fit,
            "Indexing:Targets:1:Key is 'idd', a column that public.repositories does not have: name the one it has. Did you mean id?"
        ),
        (
            "a key of several rows",
            Default,
            Fit with
            {
                IsKeyUnique = false,
            },
            "Indexing:Targets:1:Key is 'id', of which public.repositories has no primary key"
        ),
        (
            "no status",
            new IndexingTarget { Status = "state_of_things" },
            Fit,
            "Indexing:Targets:1:Status is 'state_of_things', a column that"
        ),
        (
            "an enum without the active status",
            Default,
            Fit with
            {
                StatusValues = ["new", "error"],
            },
            "Indexing:Targets:1:Active is 'indexing', which 'status' of public.repositories can't be: name one of new, error."
        ),
        (
            "a start without a zone",
            Default,
            With(("indexing_started_at", "timestamp without time zone")),
            "Indexing:Targets:1:Started is 'indexing_started_at', a column of public.repositories that is timestamp without time zone: "
                + "make it timestamp with time zone, and say"
        ),
        (
            "a token of text",
            Default,
            With(("indexing_token", "text")),
            "Indexing:Targets:1:Token is 'indexing_token', a column of public.repositories that is text: make it bigint"
        ),
        ("a URL that is none", Default, With(("git_url", "jsonb")), "Indexing:Targets:1:Url is 'git_url'"),
        ("no column of resets", new IndexingTarget { Resets = "" }, Fit, "Indexing:Targets:1:Resets is empty"),
    ];

    public static TheoryData<string> CaseNames => [.. Cases.Select(one => one.Case)];

    [Theory]
    [MemberData(nameof(CaseNames))]
    public void A_finding_says_what_is_wrong_and_what_to_do(string name)
    {
        var (_, target, table, finding) = Cases.Single(one => one.Case == name);

        var found = SetupFindings.Of(new MigrationTarget(target, 1), table, "user", MigrationDirection.Up).ToList();

        Assert.Equal(finding is null ? 0 : 1, found.Count);
        Assert.All(found, text => Assert.StartsWith(finding!, text, StringComparison.Ordinal));
        Assert.All(found, text =>
            Assert.EndsWith(text.Contains("Did you mean", StringComparison.Ordinal) ? "?" : ".", text, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void The_way_back_wants_the_rights_alone() =>
        Assert.Single(
            SetupFindings.Of(
                new MigrationTarget(new IndexingTarget { Key = "none" }, 0),
                Fit with
                {
                    IsOurs = false,
                },
                "user",
                MigrationDirection.Down
            )
        );

    [Theory]
    [InlineData(100_023, 1)]
    [InlineData(110_000, 0)]
    [InlineData(180_001, 0)]
    public void The_server_must_be_new_enough(int version, int findings) =>
        Assert.Equal(findings, SetupFindings.Of(new ServerState(version, "x", "user")).Count());

    private static TableState With(params (string Name, string Type)[] columns)
    {
        var all = Fit.Columns.ToDictionary(StringComparer.Ordinal);
        foreach (var (name, type) in columns)
        {
            all[name] = type;
        }

        return Fit with
        {
            Columns = all,
        };
    }
}
