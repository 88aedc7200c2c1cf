using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Webhooks;

public sealed class HookSecretsTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("coderepo-hooks-");
    private readonly HookSecrets _secrets;

    public HookSecretsTests() =>
        _secrets = new HookSecrets(
            Options.Create(
                new HookOptions
                {
                    Secrets =
                    [
                        new HookSecret { Provider = HookProvider.GitHub, File = PathOf("one") },
                        new HookSecret { Provider = HookProvider.GitHub, File = PathOf("two") },
                    ],
                }
            ),
            NullLogger<HookSecrets>.Instance
        );

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Each_provider_has_its_own()
    {
        Assert.True(_secrets.AreSetFor(HookProvider.GitHub));
        Assert.False(_secrets.AreSetFor(HookProvider.GitLab));
        Assert.Empty(_secrets.Read(HookProvider.GitLab));
    }

    [Fact]
    public void They_are_as_their_files_are_right_now()
    {
        File.WriteAllText(PathOf("one"), "first\n");
        Assert.Equal("first"u8.ToArray(), Assert.Single(_secrets.Read(HookProvider.GitHub)));
        File.WriteAllText(PathOf("one"), "second");
        File.WriteAllText(PathOf("two"), "third \r\n");
        Assert.Equal(["second"u8.ToArray(), "third"u8.ToArray()], _secrets.Read(HookProvider.GitHub));
    }

    /// <summary>Anybody can sign with an empty one.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData(" \t\r\n")]
    public void An_empty_one_is_none(string content)
    {
        File.WriteAllText(PathOf("one"), content);
        Assert.Empty(_secrets.Read(HookProvider.GitHub));
    }

    [Fact]
    public void What_is_too_long_for_a_secret_is_none()
    {
        File.WriteAllText(PathOf("one"), new string('x', 4097));
        Assert.Empty(_secrets.Read(HookProvider.GitHub));
    }

    private string PathOf(string name) => Path.Combine(_directory.FullName, name);
}
