using Renci.SshNet;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>Which algorithms are offered, the best first. What is not here is not used, whatever the library learns.</summary>
internal static class SshAlgorithms
{
    /// <summary>Names the kinds of public keys by which servers and we are known: no DSA, and RSA without SHA-1.</summary>
    public static readonly IReadOnlyList<string> Signatures =
    [
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
        "rsa-sha2-512",
        "rsa-sha2-256",
    ];

    // Those with a response to quantum computers come first; sntrup761, which takes many times as long, after what else is sound.
    private static readonly string[] KeyExchanges =
    [
        "mlkem768x25519-sha256",
        "curve25519-sha256",
        "curve25519-sha256@libssh.org",
        "ecdh-sha2-nistp256",
        "ecdh-sha2-nistp384",
        "ecdh-sha2-nistp521",
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "diffie-hellman-group16-sha512",
        "diffie-hellman-group18-sha512",
        "diffie-hellman-group14-sha256",
        "diffie-hellman-group-exchange-sha256",
    ];

    private static readonly string[] Encryptions =
    [
        "aes256-gcm@openssh.com",
        "aes128-gcm@openssh.com",
        "chacha20-poly1305@openssh.com",
        "aes256-ctr",
        "aes192-ctr",
        "aes128-ctr",
    ];

    // Servers that are set to be careful often have none but UMAC, which the library does not know.
    private static readonly string[] Macs =
    [
        "hmac-sha2-256-etm@openssh.com",
        "hmac-sha2-512-etm@openssh.com",
        "umac-128-etm@openssh.com",
        "hmac-sha2-256",
        "hmac-sha2-512",
        "umac-128@openssh.com",
        "umac-64-etm@openssh.com",
        "umac-64@openssh.com",
    ];

    // Packs are compressed already, and what is unpacked may be any size.
    private static readonly string[] Compressions = ["none"];

    /// <summary>What a server has to have one of each.</summary>
    public static IReadOnlyList<SshAlgorithmKind> Kinds { get; } =
    [
        new("key exchange", "KexAlgorithms", KeyExchanges),
        new("host key", "HostKeyAlgorithms", Signatures),
        new("encryption", "Ciphers", Encryptions),
        new("MAC", "MACs", Macs),
        new("compression", "Compression", Compressions),
    ];

    /// <summary>Leaves a connection these alone.</summary>
    /// <param name="connection">About to be made.</param>
    /// <param name="knownKinds">
    /// The kinds of host keys that are known. They are asked for first, so that a server with several shows one of them; the others
    /// after them, so that one that has none of them can at least be reported by the key that it has.
    /// </param>
    public static void Restrict(ConnectionInfo connection, IEnumerable<string> knownKinds)
    {
        var known = knownKinds.ToHashSet(StringComparer.Ordinal);
        Keep(connection.KeyExchangeAlgorithms, KeyExchanges);
        Keep(connection.Encryptions, Encryptions);
        AddUmac(connection.HmacAlgorithms);
        Keep(connection.HmacAlgorithms, Macs);
        Keep(connection.CompressionAlgorithms, Compressions);
        Keep(connection.HostKeyAlgorithms, Signatures.OrderByDescending(name => known.Contains(KindOf(name))));
    }

    // Two ways to sign with one kind of key.
    private static string KindOf(string signature) => signature.StartsWith("rsa-", StringComparison.Ordinal) ? "ssh-rsa" : signature;

    private static void AddUmac(IOrderedDictionary<string, HashInfo> macs)
    {
        foreach (var name in Macs.Where(name => name.StartsWith("umac-", StringComparison.Ordinal)))
        {
            var length = name.StartsWith("umac-128", StringComparison.Ordinal) ? Umac.LongTag : Umac.ShortTag;
            macs[name] = new HashInfo(8 * Umac.KeyLength, key => new Umac(key, length), name.Contains("-etm@", StringComparison.Ordinal));
        }
    }

    private static void Keep<T>(IOrderedDictionary<string, T> all, IEnumerable<string> names)
    {
        var kept = names.Where(all.ContainsKey).Select(name => KeyValuePair.Create(name, all[name])).ToList();
        all.Clear();
        kept.ForEach(all.Add);
    }
}
