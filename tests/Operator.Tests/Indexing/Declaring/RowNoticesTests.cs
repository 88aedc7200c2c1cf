namespace CodeRepoOperator.Indexing.Declaring;

public sealed class RowNoticesTests
{
    private readonly RowNotices _notices = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_noted_is_taken_once()
    {
        _notices.AddRow("1");
        _notices.AddRow("1");
        _notices.AddRow("2");
        await _notices.WhenAnyAsync(Token);

        var (keys, isAny) = _notices.Take();

        Assert.True(isAny);
        Assert.Equal(["1", "2"], keys!.Order());
        Assert.False(_notices.Take().IsAny);
        Assert.False(_notices.WhenAnyAsync(Token).IsCompleted);
    }

    [Fact]
    public void More_rows_than_one_page_are_all_rows()
    {
        foreach (var key in Enumerable.Range(0, RowNotices.MostKeys + 1))
        {
            _notices.AddRow($"{key}");
        }

        Assert.Null(_notices.Take().Keys);
    }

    [Fact]
    public void A_CodeRepo_is_no_row()
    {
        _notices.AddRepo();

        var (keys, isAny) = _notices.Take();

        Assert.True(isAny);
        Assert.Empty(keys!);
    }
}
