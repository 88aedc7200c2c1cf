using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Ssh;

namespace CodeRepoOperator.Remotes.Lfs;

/// <summary>Repositories over SSH, which say by <c>git-lfs-authenticate</c> where their server of Git LFS is.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LfsSshTests
{
    private const string Command = "team/project.git";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_server_is_asked_as_the_repository_says()
    {
        using var directory = new TemporaryDirectory();
        await using var fixture = await LfsFixture.StartAsync();
        await fixture.Project.CommitAsync("a.bin", "content");
        await fixture.PushAsync();
        var (host, identity) = (await KeyAsync(directory, "host"), await KeyAsync(directory, "identity"));
        var (asked, answer) = (Path.Combine(directory.Path, "asked"), Path.Combine(directory.Path, "answer"));
        await using var sshd = await SshServer.StartAsync(
            [new SshPort("lfs", $"ForceCommand echo \"$SSH_ORIGINAL_COMMAND\" >{asked}; cat {answer}")],
            [host.Path],
            identity.Path + ".pub",
            Token
        );
        var port = sshd.Ports["lfs"];
        var credentials = new GitCredentials
        {
            Ssh = new SshIdentity(identity.Text, identity.Passphrase, SshRemote.Line(port, host.Public)),
        };
        var url = string.Create(CultureInfo.InvariantCulture, $"ssh://{Environment.UserName}@127.0.0.1:{port}/~/{Command}");
        var login = Convert.ToBase64String("user:pass"u8);

        var clone = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(clone);
        await File.WriteAllTextAsync(
            answer,
            $$$"""{"href":"{{{fixture.Server.UrlOf("project.git/info/lfs")}}}","header":{"Authorization":"Basic {{{login}}}"},"expires_in":600}""",
            Token
        );
        var filled = await fixture.FillAsync(clone, url, credentials);

        Assert.True(filled.Succeeded, filled.Failure?.Message);
        Assert.Null(filled.Value.Failure);
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(clone, "a.bin"), Token));
        Assert.Equal($"git-lfs-authenticate ~/{Command} download", (await File.ReadAllTextAsync(asked, Token)).Trim());

        // One that does not know the command has its server where it is usually: here, at no such place.
        var second = fixture.Remote.NewDirectory();
        await fixture.CloneAsync(second);
        await File.WriteAllTextAsync(answer, "git-lfs-authenticate: not found\n", Token);
        filled = await fixture.FillAsync(second, url, credentials);
        Assert.Equal(Reasons.Unreachable, filled.Value!.Failure?.Reason);
        Assert.DoesNotContain(login, filled.Value.Failure!.Message, StringComparison.Ordinal);
    }

    private static Task<SshKeyFile> KeyAsync(TemporaryDirectory directory, string name) =>
        SshKeyFile.MakeAsync(Path.Combine(directory.Path, name), "ed25519", passphrase: null, form: null, Token);
}
