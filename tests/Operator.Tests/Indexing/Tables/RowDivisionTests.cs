using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

public sealed class RowDivisionTests
{
    private static readonly PostgresException Error = new("no", "ERROR", "ERROR", "P0001");

    private readonly List<int> _changed = [];
    private int _statements;

    [Theory]
    [InlineData("one", 30)]
    [InlineData("two at both ends", 60)]
    [InlineData("each", 1_110)]
    public async Task All_rows_are_changed_but_those_that_can_t(string which, int statements)
    {
        Func<int, bool> isBad = which switch
        {
            "one" => row => row == 437,
            "two at both ends" => row => row is 0 or 999,
            _ => _ => true,
        };
        int[] rows = [.. Enumerable.Range(0, 1_000)];

        var division = Division(isBad);
        var done = await division.DivideAsync(rows, Error, isOver: () => false);

        Assert.Equal(1_000, done);
        Assert.Equal(rows.Where(isBad), division.Refused.Select(refused => refused.Row));
        Assert.Equal(rows.Where(row => !isBad(row)), _changed);
        Assert.InRange(_statements, 1, statements);
    }

    [Fact]
    public async Task When_the_time_is_over_the_rows_before_are_done_and_none_behind()
    {
        int[] rows = [.. Enumerable.Range(0, 1_000)];
        var division = Division(row => row % 3 == 0);

        var done = await division.DivideAsync(rows, Error, isOver: () => _statements >= 50);

        Assert.InRange(done, 1, 999);
        Assert.Equal(Enumerable.Range(0, done), _changed.Concat(division.Refused.Select(refused => refused.Row)).Order());
    }

    [Fact]
    public async Task Time_that_was_over_before_is_enough_for_one()
    {
        var division = Division(_ => true);

        Assert.Equal(1, await division.DivideAsync([.. Enumerable.Range(0, 1_000)], Error, isOver: () => true));
        Assert.Single(division.Refused);
    }

    private RowDivision<int> Division(Func<int, bool> isBad) =>
        new(rows =>
        {
            _statements++;
            if (rows.Any(isBad))
            {
                throw Error;
            }

            _changed.AddRange(rows);
            return Task.CompletedTask;
        });
}
