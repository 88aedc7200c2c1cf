namespace CodeRepoOperator.Indexing.Sweeping;

public sealed class KeyArrayTests
{
    [Theory]
    [InlineData(new string[0], "{}")]
    [InlineData(new[] { "a", "NULL", "" }, "{\"a\",\"NULL\",\"\"}")]
    [InlineData(new[] { "a,b", "{c}" }, "{\"a,b\",\"{c}\"}")]
    [InlineData(new[] { "a\"b", "c\\" }, "{\"a\\\"b\",\"c\\\\\"}")]
    public void Keys_become_an_array_of_just_these(string[] keys, string text) => Assert.Equal(text, KeyArray.Text(keys));
}
