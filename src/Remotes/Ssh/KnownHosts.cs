using System.Globalization;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>A known_hosts file, as sshd(8) describes it.</summary>
internal sealed class KnownHosts
{
    /// <summary>The port that goes without saying.</summary>
    public const int DefaultPort = 22;

    private readonly IReadOnlyList<KnownHostsLine> _lines;

    private KnownHosts(IReadOnlyList<KnownHostsLine> lines) => _lines = lines;

    /// <summary>Reads it. What is no line of such a file is passed over, as ssh does.</summary>
    public static KnownHosts Parse(string text) => new([.. text.Split('\n').Select(KnownHostsLine.Parse).OfType<KnownHostsLine>()]);

    /// <summary>How a host is called there: by its name alone, or <c>[name]:port</c> where the port is another than 22.</summary>
    public static string NameOf(string host, int port) =>
        port == DefaultPort ? host : string.Create(CultureInfo.InvariantCulture, $"[{host}]:{port}");

    /// <summary>
    /// What is known of a host. A line that names no port is for all ports of which no line names a key, as ssh has it; what is revoked
    /// for the port stays so.
    /// </summary>
    public KnownHost Of(string host, int port)
    {
        var lines = LinesOf(NameOf(host, port));
        if (port != DefaultPort && !lines.Exists(line => line.Mark is HostKeyMark.None))
        {
            lines.AddRange(LinesOf(host));
        }

        var known = lines.ToLookup(line => line.Mark, line => line.Key);
        HostKey[] revoked = [.. known[HostKeyMark.Revoked]];
        HostKey[] keys = [.. known[HostKeyMark.None].Where(key => !Array.Exists(revoked, key.Is))];
        return new KnownHost(host, port, keys, revoked, known[HostKeyMark.CertificateAuthority].Any());
    }

    private List<KnownHostsLine> LinesOf(string name) => [.. _lines.Where(line => line.Hosts.Matches(name))];
}
