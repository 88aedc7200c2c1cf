namespace CodeRepoOperator.Indexing.CodeRepos;

public sealed class KeySpellingTests
{
    [Theory]
    [InlineData("uuid", "0F8FAD5B-D9CB-469F-A165-70867728950E", "0f8fad5b-d9cb-469f-a165-70867728950e")]
    [InlineData("uuid", "{0f8fad5bd9cb469fa16570867728950e}", null)]
    [InlineData("uuid", "0f8fad5bd9cb469fa16570867728950e", "0f8fad5b-d9cb-469f-a165-70867728950e")]
    [InlineData("uuid", "hello", null)]
    [InlineData("bigint", "42", "42")]
    [InlineData("bigint", "-007", "-7")]
    [InlineData("bigint", "9223372036854775807", "9223372036854775807")]
    [InlineData("bigint", "9223372036854775808", null)]
    [InlineData("integer", "2147483648", null)]
    [InlineData("smallint", "32768", null)]
    [InlineData("bigint", "1; DROP TABLE repositories", null)]
    [InlineData("bigint", " 1", null)]
    [InlineData("bigint", "1.0", null)]
    [InlineData("bigint", "٣", null)]
    [InlineData("text", "team/hello", "team/hello")]
    [InlineData("character varying(36)", "team/hello", "team/hello")]
    [InlineData("text", "a\0b", null)]
    [InlineData("numeric", "1.5", "1.5")]
    public void What_a_user_writes_is_a_key_of_the_table_or_none(string type, string id, string? key) =>
        Assert.Equal(key, KeySpelling.Canonical(type, id));

    [Theory]
    [InlineData("uuid", true)]
    [InlineData("character varying(36)", true)]
    [InlineData("character varying(36)[]", false)]
    [InlineData("citext", false)]
    [InlineData("numeric(10,2)", false)]
    public void Only_keys_that_are_sure_to_be_taken_are_given_to_the_index(string type, bool isIndexable) =>
        Assert.Equal(isIndexable, KeySpelling.IsIndexable(type));
}
