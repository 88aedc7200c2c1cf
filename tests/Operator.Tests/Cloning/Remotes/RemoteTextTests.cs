namespace CodeRepoOperator.Cloning.Remotes;

public sealed class RemoteTextTests
{
    [Theory]
    [InlineData("access denied", "access denied")]
    [InlineData("  a\u001b[31m\u202eb\n", "a [31m b")]
    public void Prose_is_shown_without_what_can_not_be_seen(string text, string shown) => Assert.Equal(shown, RemoteText.Shown(text));

    [Theory]
    [InlineData("a b/ü", "a b/ü")]
    [InlineData(".g\u200cit/x\n", ".g\\u200cit/x\\u000a")]
    [InlineData("\u202e", "\\u202e")]
    public void Names_are_shown_with_what_can_not_be_seen(string text, string shown) => Assert.Equal(shown, RemoteText.Escaped(text));

    [Fact]
    public void Neither_is_longer_than_200_characters()
    {
        Assert.Equal(new string('a', 200) + "…", RemoteText.Shown(new string('a', 201)));
        Assert.Equal(new string('a', 200) + "…", RemoteText.Escaped(new string('a', 201)));
        Assert.Equal(201, RemoteText.Escaped(new string('\u200c', 200)).Length);
        Assert.Equal(new string('a', 200), RemoteText.Escaped(new string('a', 200)));
    }
}
