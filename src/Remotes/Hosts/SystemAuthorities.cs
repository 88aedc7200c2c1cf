using System.Collections;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>
/// The authorities that this system trusts, of which those are had that a certificate asks for. .NET makes all of them its own in each
/// process, from each of the 300 files that they usually lie in: for one connection that takes longer than all the rest of it.
/// </summary>
/// <param name="file">A file of them; null or empty: the first one of those that systems have.</param>
/// <param name="directories">Directories of them, with colons between; null or empty: all of those that systems have.</param>
/// <param name="time">How long ago they were read.</param>
internal sealed class SystemAuthorities(string? file, string? directories, TimeProvider time)
{
    // OpenSSL's own.
    private const string FileVariable = "SSL_CERT_FILE";
    private const string DirectoryVariable = "SSL_CERT_DIR";

    // In a worker OpenSSL's variables lead nowhere, so that .NET finds nothing to read, and these have what they said.
    private const string KeptFile = "CODEREPO_SSL_CERT_FILE";
    private const string KeptDirectory = "CODEREPO_SSL_CERT_DIR";
    private const string Nowhere = "/nonexistent";

    // Debian and Alpine, Fedora, SUSE, old and new Red Hat, BSD: the list of Go's crypto/x509 (root_linux.go).
    private static readonly string[] KnownFiles =
    [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ];

    private static readonly string[] KnownDirectories = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

    private static readonly Lazy<SystemAuthorities> Own = new(() => From(Environment.GetEnvironmentVariables(), TimeProvider.System));

    // As often as .NET looks for new ones.
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(30);

    private volatile Kept? _fromFile;
    private volatile Kept? _fromAll;

    /// <summary>Those of this process, by its environment.</summary>
    public static SystemAuthorities OfProcess => Own.Value;

    /// <summary>The files and directories that they are read from.</summary>
    public IReadOnlyList<string> Sources => [.. Files, .. Directories];

    private IEnumerable<string> Files => string.IsNullOrEmpty(file) ? KnownFiles.Where(File.Exists).Take(1) : [file];

    private string[] Directories =>
        string.IsNullOrEmpty(directories) ? KnownDirectories : directories.Split(':', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Those of a process with an environment, which <see cref="HandOn"/> may have made.</summary>
    public static SystemAuthorities From(IDictionary environment, TimeProvider time) =>
        new(Said(environment, KeptFile, FileVariable), Said(environment, KeptDirectory, DirectoryVariable), time);

    /// <summary>The environment of a process that has .NET read none of them, and finds them by <see cref="OfProcess"/>.</summary>
    /// <param name="own">The environment of this process.</param>
    public static IEnumerable<(string Name, string Value)> HandOn(IDictionary own)
    {
        yield return (FileVariable, Nowhere);
        yield return (DirectoryVariable, Nowhere);
        if (own[FileVariable] is string { Length: > 0 } file)
        {
            yield return (KeptFile, file);
        }

        if (own[DirectoryVariable] is string { Length: > 0 } directories)
        {
            yield return (KeptDirectory, directories);
        }
    }

    /// <summary>Those that may stand above certificates: of the file, which mostly has all, then of the directories too.</summary>
    public IEnumerable<X509Certificate2Collection> Above(IReadOnlyList<X509Certificate2> certificates)
    {
        yield return Above(certificates, (_fromFile = NotOld(_fromFile) ?? Read(Files)).Certificates);
        yield return Above(
            certificates,
            (_fromAll = NotOld(_fromAll) ?? Read(Files.Concat(Directories.SelectMany(AuthorityFiles.In)))).Certificates
        );
    }

    private static X509Certificate2Collection Above(IReadOnlyList<X509Certificate2> certificates, IReadOnlyList<Authority> trusted)
    {
        var found = new X509Certificate2Collection();
        var taken = new HashSet<Authority>();
        var wanted = new Queue<string>(certificates.Select(IssuerOf).OfType<string>());
        while (wanted.TryDequeue(out var name))
        {
            foreach (var authority in trusted.Where(one => one.Subject == name && taken.Add(one)))
            {
                found.Add(X509CertificateLoader.LoadCertificate(authority.Encoded));
                wanted.Enqueue(authority.Issuer);
            }
        }

        return found;
    }

    private static string? IssuerOf(X509Certificate2 certificate)
    {
        try
        {
            return Authority.NameOf(certificate.IssuerName.RawData);
        }
        catch (AsnContentException)
        {
            // The remote's own words: nothing stands above it then.
            return null;
        }
    }

    // Nothing was said where OpenSSL's own variable leads nowhere and nothing was kept: then it is where systems have it.
    private static string? Said(IDictionary environment, string kept, string own) =>
        environment[kept] as string ?? (environment[own] is string value && value != Nowhere ? value : null);

    private Kept Read(IEnumerable<string> paths) => new(AuthorityFiles.Read(paths), time.GetTimestamp());

    private Kept? NotOld(Kept? before) => before is not null && time.GetElapsedTime(before.ReadAt) < Age ? before : null;

    private sealed record Kept(List<Authority> Certificates, long ReadAt);
}
