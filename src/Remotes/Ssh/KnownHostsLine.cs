namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>A line of a known_hosts file: <c>[@mark] hosts kind key [comment]</c>.</summary>
/// <param name="Mark">What it says of the key.</param>
/// <param name="Hosts">Whose key it is.</param>
/// <param name="Key">The key.</param>
internal sealed record KnownHostsLine(HostKeyMark Mark, HostPatterns Hosts, HostKey Key)
{
    private static readonly char[] Blanks = [' ', '\t', '\r'];

    /// <summary>Reads a line; null: it is empty, a comment, or nothing of the kind.</summary>
    public static KnownHostsLine? Parse(string line)
    {
        var fields = line.Split(Blanks, StringSplitOptions.RemoveEmptyEntries);
        HostKeyMark? mark = fields.FirstOrDefault() switch
        {
            null => null,
            ['#', ..] => null,
            "@revoked" => HostKeyMark.Revoked,
            "@cert-authority" => HostKeyMark.CertificateAuthority,
            ['@', ..] => null,
            _ => HostKeyMark.None,
        };
        var rest = mark is HostKeyMark.None ? fields : [.. fields.Skip(1)];
        return mark is { } known && rest is [var hosts, var kind, var key, ..] && HostKey.Parse(key) is { } read && read.Kind == kind
            ? new KnownHostsLine(known, HostPatterns.Parse(hosts), read)
            : null;
    }
}
