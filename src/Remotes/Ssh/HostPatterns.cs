using System.IO.Enumeration;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>The hosts of a line of a known_hosts file: patterns with <c>*</c>, <c>?</c> and <c>!</c>, or one name that is hashed.</summary>
internal sealed class HostPatterns
{
    // "|1|", the salt and the HMAC-SHA1 of the name, each in base64.
    private const string HashMagic = "|1|";

    private readonly Func<string, bool> _matches;

    private HostPatterns(Func<string, bool> matches) => _matches = matches;

    /// <summary>Reads them; what can't be read matches nothing.</summary>
    public static HostPatterns Parse(string field) =>
        new(
            field.StartsWith(HashMagic, StringComparison.Ordinal) ? Hashed(field[HashMagic.Length..].Split('|')) : Listed(field.Split(','))
        );

    /// <summary>Whether a host, as <see cref="KnownHosts.NameOf"/> calls it, is one of them.</summary>
    public bool Matches(string name) => _matches(name.ToLowerInvariant());

    // One pattern that is negated and matches outdoes all others.
    private static Func<string, bool> Listed(string[] patterns)
    {
        var (negated, desired) = (
            patterns.Where(IsNegated).Select(pattern => pattern[1..]).ToList(),
            patterns.Where(pattern => !IsNegated(pattern)).ToList()
        );
        return name => desired.Exists(pattern => Matches(pattern, name)) && !negated.Exists(pattern => Matches(pattern, name));
    }

    private static bool IsNegated(string pattern) => pattern.StartsWith('!');

    private static bool Matches(string pattern, string name) =>
        pattern.Length > 0 && FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: true);

#pragma warning disable CA5350 // It hides names, and the format has no other.
    private static Func<string, bool> Hashed(string[] parts)
    {
        var (salt, hash) = (new byte[HMACSHA1.HashSizeInBytes], new byte[HMACSHA1.HashSizeInBytes]);
        return
            parts.Length == 2
            && Convert.TryFromBase64String(parts[0], salt, out var saltLength)
            && saltLength == salt.Length
            && Convert.TryFromBase64String(parts[1], hash, out var hashLength)
            && hashLength == hash.Length
            ? name => HMACSHA1.HashData(salt, Encoding.ASCII.GetBytes(name)).AsSpan().SequenceEqual(hash)
            : _ => false;
    }
#pragma warning restore CA5350
}
