using System.Security.Cryptography;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>A pair of keys that ssh-keygen made.</summary>
/// <param name="Path">The private key's file.</param>
/// <param name="Passphrase">What it is encrypted with; null: it is not.</param>
internal sealed record SshKeyFile(string Path, string? Passphrase)
{
    /// <summary>The private key.</summary>
    public string Text => File.ReadAllText(Path);

    /// <summary>The public key, as authorized_keys has it.</summary>
    public string Public => File.ReadAllText(Path + ".pub").Trim();

    /// <summary>As ssh-keygen -l shows it.</summary>
    public string Fingerprint =>
        "SHA256:" + Convert.ToBase64String(SHA256.HashData(Convert.FromBase64String(Public.Split(' ')[1]))).TrimEnd('=');

    /// <summary>Makes a pair.</summary>
    /// <param name="path">Where.</param>
    /// <param name="kind">ed25519, ecdsa or rsa.</param>
    /// <param name="passphrase">What to encrypt it with; null: it is not.</param>
    /// <param name="form">PEM or PKCS8; null: OpenSSH's own.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<SshKeyFile> MakeAsync(
        string path,
        string kind,
        string? passphrase,
        string? form,
        CancellationToken cancellationToken
    )
    {
        string[] formed = form is null ? [] : ["-m", form];
        var made = await ProcessRunner.RunAsync(
            "ssh-keygen",
            ["-q", "-t", kind, .. formed, "-N", passphrase ?? "", "-C", "test", "-f", path],
            new Dictionary<string, string>(StringComparer.Ordinal),
            "",
            cancellationToken
        );
        Assert.True(made.ExitCode == 0, made.Error);
        return new SshKeyFile(path, passphrase);
    }
}
