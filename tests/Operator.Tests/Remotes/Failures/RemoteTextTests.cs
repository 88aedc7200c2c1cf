namespace CodeRepoOperator.Remotes.Failures;

public sealed class RemoteTextTests
{
    [Theory]
    [InlineData("access denied", "access denied")]
    [InlineData("  a\u001b[31m\u202eb\n", "a [31m b")]
    public void Prose_is_shown_without_what_can_not_be_seen(string text, string shown) => Assert.Equal(shown, RemoteText.Shown(text));

    [Theory]
    [InlineData("fatal: Authentication failed for 'https://robot:s3cret@host/a'", "fatal: Authentication failed for 'https://***@host/a'")]
    [InlineData("https://s3cret@host/a http://a:s3cret@b", "https://***@host/a http://***@b")]
    [InlineData("authorization: Basic s3cret==", "authorization: Basic ***")]
    [InlineData("token=s3cret; password: s3cret", "token=*** password: ***")]
    [InlineData("Bearer s3cret", "Bearer ***")]
    [InlineData("/a?private_token=s3cret", "/a?private_token=***")]
    [InlineData("X-Auth-Token: s3cret, client_secret = s3cret", "X-Auth-Token: *** client_secret = ***")]
    [InlineData("the password is wrong", "the password is wrong")]
    public void What_looks_like_a_credential_is_not_shown(string text, string shown) => Assert.Equal(shown, RemoteText.Shown(text));

    [Fact]
    public void A_credential_is_not_shown_by_cutting_the_text_in_it() =>
        Assert.DoesNotContain(
            "s3cret",
            RemoteText.Shown(new string('a', 180) + " https://s3cret-s3cret-s3cret@host/"),
            StringComparison.Ordinal
        );

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
