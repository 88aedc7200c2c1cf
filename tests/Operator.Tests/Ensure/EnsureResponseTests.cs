using System.Net;
using System.Text;

namespace CodeRepoOperator.Ensure;

public sealed class EnsureResponseTests
{
    private const string Problem =
        """{"type": "urn:x", "status": 1, "reason": "AuthenticationFailed", "detail": "The remote refuses; mend the Secret."}""";
    private const string Shown = "AuthenticationFailed: The remote refuses; mend the Secret.";

    public static TheoryData<int, int?, string, string> Responses =>
        new()
        {
            { 200, null, """{"claim": "store", "commit": "0123"}""", "ready: 0123" },
            { 200, null, """{"claim": "store"}""", "ready: " },
            { 200, null, "", "ready: " },
            { 202, 1, Problem, $"after 0: {Shown}" },
            { 202, 1, "", "after 0: the clone is being made" },
            { 429, 7, Problem, $"after 7: {Shown}" },
            { 503, 900, Problem, $"after 900: {Shown}" },
            { 503, 0, Problem, $"after 1: {Shown}" },
            { 503, null, Problem, $"after 1: {Shown}" },
            { 502, null, "<html>bad gateway</html>", "after 1: the API responds 502" },
            { 500, null, "", "after 1: the API responds 500" },
            { 503, null, """{"reason": 5, "detail": "x"}""", "after 1: the API responds 503" },
            { 503, null, "[]", "after 1: the API responds 503" },
            { 400, null, Problem, $"never: {Shown}" },
            { 401, null, Problem, $"never: {Shown}" },
            { 403, null, Problem, $"never: {Shown}" },
            { 404, null, Problem, $"never: {Shown}" },
            { 404, null, "", "never: the API responds 404" },
            { 409, null, Problem, $"never: {Shown}" },
            { 307, null, "", "never: the API responds 307" },
        };

    [Theory]
    [MemberData(nameof(Responses))]
    public void A_response_says_whether_to_ask_again(int status, int? retryAfter, string body, string expected)
    {
        var response = EnsureResponse.Of(
            (HttpStatusCode)status,
            retryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Encoding.UTF8.GetBytes(body)
        );
        Assert.Equal(
            expected,
            response switch
            {
                EnsureResponse.Later later => $"after {later.After.TotalSeconds}: {later.Reason}",
                EnsureResponse.Never never => $"never: {never.Reason}",
                EnsureResponse.Ready ready => $"ready: {ready.Commit}",
                _ => "",
            }
        );
    }
}
