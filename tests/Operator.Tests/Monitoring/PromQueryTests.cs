namespace CodeRepoOperator.Monitoring;

public sealed class PromQueryTests
{
    [Theory]
    [InlineData("up", "up")]
    [InlineData("sum(rate(a_total[5m]))", "a_total")]
    [InlineData("sum by (le, job) (rate(a_bucket{le!=\"+Inf\", b=~'c|d'}[5m]))", "a_bucket")]
    [InlineData("a{x=\"sum(b)\"} and on (x, y) b unless ignoring (z) c or d", "a b c d")]
    [InlineData("a / on (x) group_left (y) b", "a b")]
    [InlineData("predict_linear(min by (x) (a)[6h:5m], 86400) < 0 and count_over_time(b[1d]) >= 36", "a b")]
    [InlineData("a offset 15m > bool 0.9 * b", "a b")]
    [InlineData("absent_over_time(a[1d]) or vector(0)", "a")]
    [InlineData("by_name{on=\"x\"} + 1e9", "by_name")]
    public void Metrics_are_reported_from_functions_labels_and_numbers(string text, string metrics) =>
        Assert.Equal(metrics.Split(' '), PromQuery.Parse(text).Selectors.Select(selector => selector.Metric));

    [Fact]
    public void Each_selector_has_its_labels_and_the_function_around_it()
    {
        var selectors = PromQuery.Parse("sum by (x) (rate(a{b=\"c\", d!~\"e\"}[5m])) / f").Selectors;

        Assert.Equal(("a", "rate", "b d"), (selectors[0].Metric, selectors[0].Function, string.Join(' ', selectors[0].Labels)));
        Assert.Equal(("f", "", ""), (selectors[1].Metric, selectors[1].Function, string.Join(' ', selectors[1].Labels)));
    }

    [Fact]
    public void An_aggregation_has_its_labels_and_all_metrics_within_and_none_without()
    {
        var query = PromQuery.Parse("sum by (x, y) (a + max by (z) (b)) > on (x) c");

        Assert.Equal(
            ["x y: a b", "z: b"],
            query.Groupings.Select(grouping => $"{string.Join(' ', grouping.Labels)}: {string.Join(' ', grouping.Metrics)}")
        );
        Assert.Equal(["x"], query.Matched);
    }

    [Theory]
    [InlineData("sum(a")]
    [InlineData("sum(a))")]
    [InlineData("a{b=\"c\"")]
    [InlineData("sum(a) by (x)")]
    public void What_it_could_misread_is_refused(string text) => Assert.Throws<FormatException>(() => PromQuery.Parse(text));
}
