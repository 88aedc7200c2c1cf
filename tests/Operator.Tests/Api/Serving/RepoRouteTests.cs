using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Runtime.Client;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Api.Serving;

public sealed class RepoRouteTests
{
    private static readonly string Long = new('a', 63);

    public static TheoryData<string, string, bool> Names =>
        new()
        {
            { "default", "hello", true },
            { "a", "0", true },
            { "team-1", "my.repo-2", true },
            { Long, string.Join('.', Enumerable.Repeat(Long, 3)), true },
            { Long + "a", "hello", false },
            { "default", new string('a', 254), false },
            { "default", "", false },
            { "", "hello", false },
            { "default", "..", false },
            { "..", "hello", false },
            { "default", ".git", false },
            { "default", "a..b", false },
            { "default", "a.", false },
            { "default", "-a", false },
            { "default", "a-.b", false },
            { "default", "Hello", false },
            { "Default", "hello", false },
            { "de.fault", "hello", false },
            { "default", "a/b", false },
            { "default", "..%2fb", false },
            { "default", "a\\b", false },
            { "default", "a\0", false },
            { "default", "a\n", false },
            { "default", "ä", false },
            { "default", "a_b", false },
            { "default", "a b", false },
        };

    [Theory]
    [MemberData(nameof(Names))]
    public void Names_that_an_API_server_takes_pass(string ofNamespace, string name, bool passes)
    {
        var context = new DefaultHttpContext();
        context.Request.RouteValues = new() { ["namespace"] = ofNamespace, ["name"] = name };

        var problem = RepoRoute.TryRead(context, out var key);

        Assert.Equal(passes, problem is null);
        Assert.Equal(passes ? new NamespacedName(ofNamespace, name) : key, key);
        Assert.True(problem is null or { Status: 400, Reason: ApiReasons.InvalidRequest, RetryAfter: null });
    }
}
