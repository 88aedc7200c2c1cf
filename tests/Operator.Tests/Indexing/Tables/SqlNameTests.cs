namespace CodeRepoOperator.Indexing.Tables;

public sealed class SqlNameTests
{
    [Theory]
    [InlineData("id", "\"id\"")]
    [InlineData("Select", "\"Select\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("\"", "\"\"\"\"")]
    [InlineData("x; DROP TABLE y; --", "\"x; DROP TABLE y; --\"")]
    [InlineData("a'b\\c.d", "\"a'b\\c.d\"")]
    [InlineData("größe 名前 😀", "\"größe 名前 😀\"")]
    public void A_name_is_quoted_whatever_is_in_it(string name, string quoted)
    {
        Assert.Null(SqlName.Error(name, isRequired: true));
        Assert.Equal(quoted, SqlName.Quoted(name));
    }

    [Theory]
    [InlineData("a", 63, null)]
    [InlineData("a", 64, "must be at most 63 bytes long")]
    [InlineData("é", 31, null)]
    [InlineData("é", 32, "must be at most 63 bytes long")]
    [InlineData("名", 21, null)]
    [InlineData("名", 22, "must be at most 63 bytes long")]
    [InlineData("😀", 15, null)]
    [InlineData("😀", 16, "must be at most 63 bytes long")]
    public void A_name_that_PostgreSQL_would_cut_off_is_refused(string part, int times, string? why) =>
        AssertError(string.Concat(Enumerable.Repeat(part, times)), why);

    [Theory]
    [InlineData("a\0b", "control characters")]
    [InlineData("a\nb", "control characters")]
    [InlineData("", "is missing")]
    public void What_can_be_no_name_is_refused(string name, string why)
    {
        AssertError(name, why);
        Assert.Throws<ArgumentException>(() => SqlName.Quoted(name));
    }

    /// <summary>An attribute could not hold them.</summary>
    [Fact]
    public void Half_a_character_can_be_no_name()
    {
        foreach (var name in new[] { "a\ud800", "\udc00a", "\ud800\ud800\udc00" })
        {
            AssertError(name, "valid Unicode");
        }
    }

    [Fact]
    public void A_name_that_is_not_required_may_be_empty() => Assert.Null(SqlName.Error("", isRequired: false));

    [Theory]
    [InlineData("indexing", "'indexing'")]
    [InlineData("it's", "'it''s'")]
    [InlineData("a\\b", "E'a\\\\b'")]
    [InlineData("\\'", "E'\\\\'''")]
    [InlineData("", "''")]
    public void A_text_becomes_a_literal_whatever_standard_conforming_strings_says(string text, string literal) =>
        Assert.Equal(literal, SqlName.Literal(text));

    [Fact]
    public void A_text_with_NUL_is_no_literal() => Assert.Throws<ArgumentException>(() => SqlName.Literal("a\0b"));

    private static void AssertError(string name, string? why)
    {
        var error = SqlName.Error(name, isRequired: true);
        if (why is null)
        {
            Assert.Null(error);
        }
        else
        {
            Assert.Contains(why, error, StringComparison.Ordinal);
        }
    }
}
