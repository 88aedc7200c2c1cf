using System.Net;
using k8s.Autorest;

namespace CodeRepoOperator.Runtime.Client;

public sealed class ObjectReadsTests
{
    [Fact]
    public async Task What_is_there_is_returned() => Assert.Equal("it", await Task.FromResult("it").OrNullAsync());

    [Fact]
    public async Task What_is_not_there_is_null() => Assert.Null(await Refused(HttpStatusCode.NotFound).OrNullAsync());

    [Theory]
    [InlineData(HttpStatusCode.Forbidden)]
    [InlineData(HttpStatusCode.Conflict)]
    [InlineData(HttpStatusCode.Gone)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Whether_it_is_there_no_other_refusal_says(HttpStatusCode status) =>
        await Assert.ThrowsAsync<HttpOperationException>(() => Refused(status).OrNullAsync());

    private static Task<string> Refused(HttpStatusCode status)
    {
        using var response = new HttpResponseMessage(status);
        return Task.FromException<string>(new HttpOperationException { Response = new HttpResponseMessageWrapper(response, "") });
    }
}
