using System.Text;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Remotes.Worker;

public sealed class WorkerErrorsTests
{
    [Fact]
    public async Task Only_the_last_lines_are_kept()
    {
        var shown = await ShownAsync(string.Concat(Enumerable.Range(0, 100_000).Select(i => $"line {i}\n")));

        Assert.EndsWith("line 99999", shown, StringComparison.Ordinal);
        Assert.InRange(shown.Length, WorkerErrors.MaximumLength, WorkerErrors.MaximumLength + 1);
    }

    [Theory]
    [InlineData("robot", "s3cret+/token", "fatal: s3cret+/token")]
    [InlineData("robot", "s3cret+/token", "https://robot:s3cret%2B%2Ftoken@host/")]
    [InlineData("robot", "s3cret+/token", "Authorization: Basic cm9ib3Q6czNjcmV0Ky90b2tlbg==")]
    public async Task Credentials_are_not_shown(string user, string password, string text)
    {
        var shown = await ShownAsync(text, new GitCredentials { Http = new HttpLogin(user, password) });

        Assert.Contains("***", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("cm9ib3Q6", shown, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_credential_that_the_cut_goes_through_is_not_shown()
    {
        var password = "s3cret" + new string('x', 9000);
        var shown = await ShownAsync(password + "\nlast line", new GitCredentials { Http = new HttpLogin("robot", password) });
        Assert.Equal("last line", shown);

        var lineless = await ShownAsync(password + "y", new GitCredentials { Http = new HttpLogin("robot", password) });
        Assert.Equal("", lineless);
    }

    [Fact]
    public async Task Control_characters_can_not_fake_a_terminal() => Assert.Equal("a [31mb\nc", await ShownAsync("a\u001b[31mb\nc"));

    private static async Task<string> ShownAsync(string text, GitCredentials? credentials = null)
    {
        var errors = new WorkerErrors(credentials);
        using var reader = new StreamReader(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        await errors.ReadAsync(reader, TestContext.Current.CancellationToken);
        return errors.Shown();
    }
}
