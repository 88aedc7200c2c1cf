using System.Text;

namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>Each row is what <c>git check-attr</c> says; the fuzz beside <c>git clone</c> has thousands more.</summary>
public sealed class GlobTests
{
    [Theory]
    [InlineData("*.txt", "a.txt", true)]
    [InlineData("*.txt", "a.txt.c", false)]
    [InlineData("a*b*c", "axxbyyc", true)]
    [InlineData("a*b*c", "axxbyy", false)]
    [InlineData("?", "a", true)]
    [InlineData("[!a-c]x", "dx", true)]
    [InlineData("[^a-c]x", "bx", false)]
    [InlineData("[]-]", "]", true)]
    [InlineData("[a-]", "-", true)]
    [InlineData("[[:alpha:][:digit:]]", "7", true)]
    [InlineData("[[:alpha:]", ":", false)]
    [InlineData("[[:nothing:]]", "n", false)]
    [InlineData("[[:]", ":", true)]
    [InlineData("[[:space:]]", "\v", false)]
    [InlineData("[[:punct:]]", "~", true)]
    [InlineData("[a", "a", false)]
    [InlineData(@"\*", "*", true)]
    [InlineData(@"\*", "a", false)]
    [InlineData(@"a\", @"a\", false)]
    [InlineData("**", "anything", true)]
    public void A_name_is_compared(string pattern, string name, bool matches) =>
        Assert.Equal(matches, Matches(pattern, name, ofPath: false));

    [Theory]
    [InlineData("a/*", "a/b", true)]
    [InlineData("a/*", "a/b/c", false)]
    [InlineData("a/**", "a/b/c", true)]
    [InlineData("**/c", "c", true)]
    [InlineData("**/c", "a/b/c", true)]
    [InlineData("**/c", "a/bc", false)]
    [InlineData("a/**/c", "a/c", true)]
    [InlineData("a/**/c", "a/b/b/c", true)]
    [InlineData("a/**/c", "ac", false)]
    [InlineData("*/c", "b/c", true)]
    [InlineData("*/c", "a/b/c", false)]
    [InlineData("a**/c", "ax/c", true)]
    [InlineData("a**/c", "ax/y/c", true)]
    [InlineData("?**/c", "ax/y/c", false)]
    [InlineData("a?c/d", "a/c/d", false)]
    [InlineData("a[/b]c/d", "a/c/d", false)]
    [InlineData("a[!b]c/d", "a/c/d", false)]
    [InlineData(@"**\/c", "a/c", true)]
    [InlineData(@"**\/c", "c", false)]
    public void A_path_is_compared(string pattern, string path, bool matches) =>
        Assert.Equal(matches, Matches(pattern, path, ofPath: true));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Many_asterisks_cost_no_more_than_the_pattern_times_the_text(bool ofPath)
    {
        var pattern = string.Concat(Enumerable.Repeat(ofPath ? "**/*a" : "*a", 300)) + "[b]";
        var text = new string('a', 4000);
        var work = 0L;

        Assert.False(Glob.Read(Encoding.UTF8.GetBytes(pattern), ofPath)!.Matches(Encoding.UTF8.GetBytes(text), ref work));
        Assert.InRange(work, 1, 2L * pattern.Length * text.Length);
    }

    private static bool Matches(string pattern, string text, bool ofPath)
    {
        var work = 0L;
        return Glob.Read(Encoding.UTF8.GetBytes(pattern), ofPath) is { } glob && glob.Matches(Encoding.UTF8.GetBytes(text), ref work);
    }
}
