using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Ssh;

public sealed class ServerMessageTests
{
    [Theory]
    [InlineData("git", "fatal: '/srv/x.git' does not appear to be a git repository\n", 128, Reasons.RepositoryNotFound)]
    [InlineData("GitHub", "ERROR: Repository not found.\n", 1, Reasons.RepositoryNotFound)]
    [InlineData(
        "GitLab",
        "remote: \nremote: ERROR: The project you were looking for could not be found or you don't have permission to view it.\nremote: \n",
        1,
        Reasons.RepositoryNotFound
    )]
    [InlineData("Gitea", "Gitea: Cannot find repository: team/x\n", 1, Reasons.RepositoryNotFound)]
    [InlineData("Bitbucket", "conq: repository does not exist.\n", 1, Reasons.RepositoryNotFound)]
    [InlineData(
        "Azure DevOps",
        "remote: TF401019: The Git repository with name or identifier x does not exist or you do not have permissions for the operation "
            + "you are attempting.\n",
        1,
        Reasons.RepositoryNotFound
    )]
    [InlineData(
        "GitHub, another key",
        "ERROR: Permission to team/x.git denied to deploy key\nPermission denied",
        1,
        Reasons.AuthenticationFailed
    )]
    [InlineData("gitolite", "FATAL: R any x git DENIED by fallthru\n", 128, Reasons.AuthenticationFailed)]
    [InlineData("GitLab, too often", "GitLab: This endpoint has been requested too many times. Try again later.\n", 1, Reasons.RateLimited)]
    [InlineData("Bitbucket, too often", "Rate limit for this resource has been exceeded\n", 1, Reasons.RateLimited)]
    [InlineData("no git", "bash: line 1: git-upload-pack: command not found\n", 127, Reasons.TransferFailed)]
    [InlineData("another owner", "fatal: detected dubious ownership in repository at '/srv/x.git'\n", 128, Reasons.TransferFailed)]
    [InlineData("no word", "", 1, Reasons.TransferFailed)]
    [InlineData("no word and no code", "", null, null)]
    [InlineData("no word and no fault", "", 0, null)]
    public void What_servers_say_has_a_reason(string what, string errors, int? exitCode, string? reason)
    {
        Assert.NotEmpty(what);
        Assert.Equal(reason, ServerMessage.Meaning(errors, exitCode)?.Reason);
    }

    [Fact]
    public void What_servers_say_is_shown_clean_and_short()
    {
        var message = ServerMessage.Meaning($"\u001b[31mERROR\u0007: token=s3cret {new string('x', 4000)}", 1)!.Message;

        Assert.DoesNotContain("s3cret", message, StringComparison.Ordinal);
        Assert.DoesNotContain(message, char.IsControl);
        Assert.InRange(message.Length, 1, 400);
    }
}
