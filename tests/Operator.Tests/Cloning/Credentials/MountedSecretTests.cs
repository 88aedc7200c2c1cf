using System.Text;
using CodeRepoOperator.Cloning.Store;

namespace CodeRepoOperator.Cloning.Credentials;

public sealed class MountedSecretTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("coderepo-mounted-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Only_the_keys_that_are_asked_for_and_are_there_are_read()
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "username"), "robot", Token);
        await File.WriteAllTextAsync(Path.Combine(_directory, "other"), "else", Token);

        var values = await MountedSecret.ReadAsync(_directory, ["username", "password"], Token);

        Assert.Equal("robot", Encoding.UTF8.GetString(Assert.Single(values).Value));
    }

    /// <summary>As the kubelet does: it exchanges the link to all files, and deletes the old ones.</summary>
    [Fact]
    public async Task Keys_that_are_exchanged_meanwhile_are_never_mixed()
    {
        Publish(0);
        foreach (var key in new[] { "username", "password" })
        {
            File.CreateSymbolicLink(Path.Combine(_directory, key), $"..data/{key}");
        }

        using var ended = new CancellationTokenSource();
        var exchanging = Task.Run(
            () =>
            {
                for (var version = 1; !ended.IsCancellationRequested; version++)
                {
                    Publish(version);
                    Directory.Delete(Path.Combine(_directory, $"..{version - 1}"), recursive: true);
                    Thread.Yield();
                }
            },
            Token
        );
        var seen = new HashSet<string>();
        for (var reads = 0; reads < 300 || (seen.Count < 2 && reads < 100_000); reads++)
        {
            try
            {
                var values = await MountedSecret.ReadAsync(_directory, ["username", "password"], Token);
                if (values.Count == 2)
                {
                    Assert.Equal(values["username"], values["password"]);
                    seen.Add(Encoding.UTF8.GetString(values["username"]));
                }
            }
            catch (IOException)
            {
                // No kubelet is as quick as this one; a failure is tried again, a mixture would be used.
            }
        }

        await ended.CancelAsync();
        await exchanging;
        Assert.True(seen.Count > 1, $"{seen.Count}");
    }

    private void Publish(int version)
    {
        var files = Directory.CreateDirectory(Path.Combine(_directory, $"..{version}")).FullName;
        File.WriteAllText(Path.Combine(files, "username"), $"{version}");
        File.WriteAllText(Path.Combine(files, "password"), $"{version}");
        File.CreateSymbolicLink(Path.Combine(_directory, "..new"), $"..{version}");
        FileSystem.Rename(Path.Combine(_directory, "..new"), Path.Combine(_directory, "..data"));
    }
}
