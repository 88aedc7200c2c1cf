using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Sweeping;

public sealed class ColumnCheckTests
{
    private static readonly IndexingTarget Target = new() { Error = "why" };

    private static readonly Dictionary<string, string> Whole = new()
    {
        ["id"] = "uuid",
        ["status"] = "text",
        ["indexing_started_at"] = "timestamp with time zone",
        ["indexing_heartbeat_at"] = "timestamp(3) with time zone",
        ["indexing_token"] = "bigint",
        ["indexing_resets"] = "integer",
        ["why"] = "character varying(80)",
    };

    [Fact]
    public void A_table_with_all_columns_is_whole()
    {
        Assert.Null(ColumnCheck.Error(Target, new TableColumns(Whole)));
        Assert.Null(ColumnCheck.Degradation(Target, new TableColumns(Whole)));
    }

    [Theory]
    [InlineData("why", "Add that column, or name another in Indexing:Targets, Error.")]
    [InlineData("indexing_token", "stuck rows are reset as far as that goes without. Run coderepo-operator migrate.")]
    [InlineData("indexing_started_at indexing_heartbeat_at", "nothing can be reset there. Run coderepo-operator migrate.")]
    public void Missing_columns_degrade(string missing, string what)
    {
        var columns = new TableColumns(Whole.Where(column => !missing.Split(' ').Contains(column.Key)).ToDictionary());

        Assert.Null(ColumnCheck.Error(Target, columns));
        var degradation = ColumnCheck.Degradation(Target, columns);
        Assert.Contains(
            $"public.repositories lacks {missing.Replace(" ", ", ", StringComparison.Ordinal)}: ",
            degradation,
            StringComparison.Ordinal
        );
        Assert.Contains(what, degradation, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_that_are_not_named_are_not_missed() =>
        Assert.Null(
            ColumnCheck.Degradation(
                new IndexingTarget
                {
                    Heartbeat = "",
                    Token = "",
                    Resets = "",
                },
                new TableColumns(Whole.Where(column => column.Key is "id" or "status" or "indexing_started_at").ToDictionary())
            )
        );

    [Theory]
    [InlineData("id", null, "has no column id: set Indexing:Targets, Key")]
    [InlineData("status", null, "has no column status: set Indexing:Targets, Status")]
    [InlineData("indexing_started_at", "timestamp without time zone", "must be timestamp with time zone")]
    [InlineData("indexing_heartbeat_at", "date", "must be timestamp with time zone")]
    [InlineData("indexing_token", "uuid", "must be bigint")]
    [InlineData("indexing_resets", "text", "must be integer")]
    [InlineData("why", "jsonb", "must be text")]
    public void What_does_not_fit_is_a_error(string column, string? type, string why)
    {
        var types = new Dictionary<string, string>(Whole);
        types.Remove(column);
        if (type is not null)
        {
            types.Add(column, type);
        }

        Assert.Contains(why, ColumnCheck.Error(Target, new TableColumns(types)), StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_that_is_not_there_is_a_error() =>
        Assert.Contains("There is no table public.repositories", ColumnCheck.Error(Target, columns: null), StringComparison.Ordinal);
}
