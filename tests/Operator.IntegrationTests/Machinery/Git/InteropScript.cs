using System.Globalization;

namespace CodeRepoOperator.Machinery.Git;

/// <summary>A file of tests/interop, which starts a git server.</summary>
/// <param name="Name">Its name, without the ending.</param>
internal sealed record InteropScript(string Name)
{
    private static readonly string Directory = Checkout.PathOf("tests/interop");

    /// <summary>All there are.</summary>
    public static IEnumerable<InteropScript> All =>
        System
            .IO.Directory.GetFiles(Directory, "*.sh")
            .Order(StringComparer.Ordinal)
            .Select(path => new InteropScript(System.IO.Path.GetFileNameWithoutExtension(path)));

    public string Path => System.IO.Path.Combine(Directory, Name + ".sh");

    /// <summary>What docs/compatibility.md calls the server.</summary>
    public string Title => Said("server")!;

    /// <summary>The versions of git's protocol that it can be started for.</summary>
    public IEnumerable<int> Versions => Numbers(Said("versions")!);

    /// <summary>The depths at which git itself can clone from it; 0: the whole history.</summary>
    public IReadOnlyCollection<int> Depths => [.. Numbers(Said("depths") ?? "1 10 0")];

    /// <summary>The kind of key that logs in over SSH.</summary>
    public string KeyKind => Said("key") ?? "ed25519";

    /// <summary>The user and the password that log in over HTTP; null: nobody need.</summary>
    public string[]? Login => Said("login")?.Split(' ');

    /// <summary>The reason for which the first request is refused; null: it is not.</summary>
    public string? FirstRefusal => Said("first");

    public bool IsSsh => Said("url")!.StartsWith("ssh:", StringComparison.Ordinal);

    /// <summary>Where the repository is.</summary>
    public string Url(string directory, int port) =>
        Said("url")!
            .Replace("PORT", port.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("USER", Environment.UserName, StringComparison.Ordinal)
            .Replace("/FOLDER", directory, StringComparison.Ordinal);

    private static IEnumerable<int> Numbers(string said) =>
        said.Split(' ').Select(number => int.Parse(number, CultureInfo.InvariantCulture));

    private string? Said(string word) =>
        File.ReadLines(Path).FirstOrDefault(line => line.StartsWith($"# {word}: ", StringComparison.Ordinal))?[$"# {word}: ".Length..];
}
