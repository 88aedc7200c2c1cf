using System.Text;

namespace CodeRepoOperator.Indexing.Migrations;

public sealed class MigrationNamesTests
{
    [Fact]
    public void The_first_target_has_short_names_and_others_have_their_label_in_them()
    {
        Assert.Equal("coderepo_claim", new MigrationNames("repositories", isFirst: true).Claim);
        Assert.Equal("coderepo_finish_indexing_jobs", new MigrationNames("indexing_jobs", isFirst: false).Finish);
    }

    [Fact]
    public void What_no_client_calls_is_called_the_same_in_any_order() =>
        Assert.Equal(new MigrationNames("jobs", isFirst: true).Stamp, new MigrationNames("jobs", isFirst: false).Stamp);

    [Theory]
    [InlineData(43, false)]
    [InlineData(44, true)]
    public void Functions_of_63_bytes_fit(int length, bool areTooLong) =>
        Assert.Equal(areTooLong, new MigrationNames(new string('a', length), isFirst: false).AreTooLong);

    [Fact]
    public void Labels_that_are_too_long_for_an_index_stay_apart()
    {
        var (one, other) = (
            new MigrationNames(new string('ü', 31) + "a", isFirst: true),
            new MigrationNames(new string('ü', 31) + "b", isFirst: true)
        );

        Assert.NotEqual(one.ActiveIndex, other.ActiveIndex);
        Assert.InRange(Encoding.UTF8.GetByteCount(one.ActiveIndex), 1, 63);
    }
}
