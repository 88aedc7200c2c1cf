using System.Globalization;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

public sealed class AttributeRulesTests
{
    private const int Many = 100_000;

    [Theory]
    [InlineData("* eol=lf\n*.bat eol=crlf\n", "a.bat", "crlf")]
    [InlineData("*.bat eol=crlf\n* eol=lf\n", "a.bat", "lf")]
    [InlineData("a.bat eol=crlf\n*.bat eol=lf\n", "a.bat", "lf")]
    [InlineData("*.bat eol=lf\na.bat eol=crlf\n", "a.bat", "crlf")]
    [InlineData("a?bat eol=crlf\n*.bat eol=lf\na* text\n", "a.bat", "lf")]
    [InlineData("*.bat eol=lf eol=crlf\n", "a.bat", "crlf")]
    [InlineData("*.bat eol=crlf\n*.bat !eol\n", "a.bat", "")]
    [InlineData("[attr]dos eol=crlf\n*.bat dos\n", "a.bat", "crlf")]
    [InlineData("[attr]dos eol=crlf\n*.bat dos\n*.bat -dos\n", "a.bat", "")]
    [InlineData("[attr]dos eol=crlf\n*.bat dos eol=lf\n", "a.bat", "lf")]
    [InlineData("[attr]dos eol=crlf\n*.bat eol=lf dos\n", "a.bat", "crlf")]
    [InlineData("[attr]dos eol=lf\n[attr]dos win\n[attr]win eol=crlf dos\n*.bat dos\n", "a.bat", "crlf")]
    [InlineData("/a.bat eol=crlf\n", "a.bat", "crlf")]
    [InlineData("/a.bat eol=crlf\n", "b/a.bat", "")]
    [InlineData("b/ eol=crlf\n", "b/a.bat", "")]
    [InlineData("b/* eol=crlf\n", "b/a.bat", "crlf")]
    [InlineData("a.bat eol=crlf\n\0a.bat eol=lf\n", "a.bat", "crlf")]
    [InlineData("a.bat eol=crlf\n\0\na.bat eol=lf\n", "a.bat", "crlf")]
    public void The_last_line_that_matches_counts_whatever_its_kind(string text, string path, string eol)
    {
        var table = new AttributeTable(Encoding.UTF8.GetBytes(text));
        var values = new AttributeValues(table);

        Fill(new AttributeRules(Encoding.UTF8.GetBytes(text), table, atRoot: true), path, values);

        Assert.Equal(eol, values[AttributeTable.Eol].Text ?? "");
    }

    [Fact]
    public void What_was_said_of_one_path_is_not_said_of_the_next()
    {
        var rules = Read("[attr]dos eol=crlf\n*.bat dos text\n*.c ident\n", out var values);
        Fill(rules, "a.bat", values);
        Assert.Equal("crlf", values[AttributeTable.Eol].Text);

        values.Clear();
        Fill(rules, "a.c", values);

        Assert.Equal(
            (AttributeState.Unknown, AttributeState.Unknown),
            (values[AttributeTable.Eol].State, values[AttributeTable.Text].State)
        );
        Assert.Equal(AttributeState.Set, values[AttributeTable.Ident].State);
        values.Clear();
        Fill(rules, "b.bat", values);
        Assert.Equal("crlf", values[AttributeTable.Eol].Text);
    }

    [Theory]
    [InlineData("* text=auto\n*.png binary\n*.sh eol=lf\n* -ident\n", false)]
    [InlineData("*.bat eol=crlf\n", true)]
    [InlineData("*.c ident\n", true)]
    [InlineData("*.rc working-tree-encoding=UTF-16\n", true)]
    [InlineData("[attr]dos eol=crlf\n", false)]
    [InlineData("[attr]dos eol=crlf\n[attr]win dos\n* win\n", true)]
    [InlineData("[attr]dos eol=crlf win\n[attr]win dos\n* -win\n", false)]
    public void Files_are_looked_up_only_where_a_line_can_change_them(string text, bool converts)
    {
        var bytes = Encoding.UTF8.GetBytes(text);

        Assert.Equal(converts, new AttributeRules(bytes, new AttributeTable(bytes), atRoot: true).Converts);
    }

    [Theory]
    [InlineData("file{0} eol=crlf")]
    [InlineData("*.{0} eol=crlf")]
    [InlineData("/directory/file{0} eol=crlf")]
    public void Lines_without_wildcards_within_cost_a_file_the_same_however_many_there_are(string line)
    {
        var rules = Read(
            string.Concat(Enumerable.Range(0, Many).Select(i => string.Format(CultureInfo.InvariantCulture, line, i) + "\n")),
            out var values
        );

        Fill(rules, "directory/file.c", values);

        Assert.InRange(values.Work, 1, 100);
    }

    [Fact]
    public void A_hundred_thousand_patterns_for_a_hundred_thousand_files_are_refused()
    {
        var rules = Read(string.Concat(Enumerable.Range(0, Many).Select(i => $"*a*{i}*c eol=crlf\n")), out var values);
        var budget = new AttributeBudget(files: Many);
        Fill(rules, "some-file-of-usual-length.c", values);

        var thrown = Assert.Throws<RemoteFailureException>(() =>
        {
            for (var file = 0; file < Many; file++)
            {
                budget.Spend(values.Work);
            }
        });

        Assert.Equal(Reasons.Unsupported, thrown.Failure.Reason);
        Assert.Contains(".gitattributes", thrown.Failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hundred_thousand_macros_that_stand_for_one_another_are_followed()
    {
        var text = string.Concat(Enumerable.Range(0, Many).Select(i => $"[attr]m{i} m{i + 1}\n")) + $"[attr]m{Many} eol=crlf m0\n* m0\n";

        var rules = Read(text, out var values);
        Fill(rules, "file", values);

        Assert.True(rules.Converts);
        Assert.Equal("crlf", values[AttributeTable.Eol].Text);
    }

    private static AttributeRules Read(string text, out AttributeValues values)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var table = new AttributeTable(bytes);
        values = new AttributeValues(table);
        return new AttributeRules(bytes, table, atRoot: true);
    }

    private static void Fill(AttributeRules rules, string path, AttributeValues values)
    {
        var bytes = Encoding.UTF8.GetBytes(path);
        rules.Fill(bytes, bytes.AsSpan(bytes.AsSpan().LastIndexOf((byte)'/') + 1), values);
    }
}
