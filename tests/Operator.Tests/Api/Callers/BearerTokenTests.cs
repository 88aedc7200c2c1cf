using System.Buffers.Text;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Api.Callers;

public sealed class BearerTokenTests
{
    [Theory]
    [InlineData("Bearer abc.def-_~+/=", "abc.def-_~+/=")]
    [InlineData("bearer abc", "abc")]
    [InlineData("Bearer  abc ", "abc")]
    [InlineData("", null)]
    [InlineData("Bearer", null)]
    [InlineData("Bearer ", null)]
    [InlineData("Basic abc", null)]
    [InlineData("abc", null)]
    [InlineData("Bearer a b", null)]
    [InlineData("Bearer a\"b", null)]
    public void It_is_what_follows_Bearer(string header, string? token) => Assert.Equal(token, Of(header));

    [Fact]
    public void Two_headers_or_one_that_is_too_long_are_none()
    {
        Assert.Null(Of("Bearer a", "Bearer b"));
        Assert.NotNull(Of("Bearer " + new string('a', TokenDigest.LongestToken)));
        Assert.Null(Of("Bearer " + new string('a', TokenDigest.LongestToken + 1)));
    }

    [Theory]
    [InlineData("""{"exp": 1700000000}""", 1_700_000_000L)]
    [InlineData("""{"a": {"exp": 5}, "exp": 1700000000.5}""", 1_700_000_000L)]
    [InlineData("""{"exp": "soon"}""", null)]
    [InlineData("""{"exp": 1e300}""", null)]
    [InlineData("""{"sub": "x"}""", null)]
    [InlineData("not json", null)]
    public void Its_expiry_is_read_where_there_is_one(string claims, long? seconds) =>
        Assert.Equal(
            seconds,
            BearerToken.ExpiryOf($"e30.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims))}.sig")?.ToUnixTimeSeconds()
        );

    [Theory]
    [InlineData("opaque")]
    [InlineData("a.b")]
    [InlineData("a.%%%.c")]
    [InlineData("a..c")]
    public void What_is_no_JWT_has_none(string token) => Assert.Null(BearerToken.ExpiryOf(token));

    [Fact]
    public void Digests_tell_tokens_apart()
    {
        Assert.Equal(TokenDigest.Of("one"), TokenDigest.Of("one"));
        Assert.NotEqual(TokenDigest.Of("one"), TokenDigest.Of("two"));
    }

    private static string? Of(params string[] headers)
    {
        var request = new DefaultHttpContext().Request;
        request.Headers.Authorization = headers;
        return BearerToken.Of(request);
    }
}
