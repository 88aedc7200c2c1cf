using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>
/// Trusts a server's certificate by the system's authorities, or else by additional ones, of the administrator and of a CodeRepo.
/// </summary>
/// <param name="path">A PEM file of the administrator's, or none. Read at each use: authorities are rotated.</param>
/// <param name="authorities">PEM text of a CodeRepo's, or none.</param>
/// <param name="system">The system's.</param>
internal sealed class CertificateTrust(string? path, string? authorities, SystemAuthorities system)
{
    // What a certificate must be for, if it says anything of that; SslStream adds it to its own chain.
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>
    /// How a chain is built: of what the server shows and of the system's authorities. By default .NET downloads what is missing from
    /// wherever the certificate says, 100 MB each, past the <see cref="HostPolicy"/>: no issuers, no revocation lists and no OCSP responses
    /// are had that way.
    /// </summary>
    public static X509ChainPolicy Offline()
    {
#pragma warning disable RS0030 // This is its home.
        return new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck };
#pragma warning restore RS0030
    }

    /// <summary>How a chain is built that is judged here, or by what is added: nothing is trusted, and nothing is read for it.</summary>
    public static X509ChainPolicy TrustingNothing()
    {
        var policy = Offline();
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        return policy;
    }

    /// <summary>Judges what a server shows; null: it is trusted.</summary>
    public CloneFailure? Judge(string host, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is not X509Certificate2 presented || chain is null)
        {
            return Refused($"{host} shows no certificate: check the URL's port, and the server.");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) && JudgeChain(host, presented, chain) is { } failure)
        {
            return failure;
        }

        // Only a missing authority can be made up for, never a wrong name.
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? Refused(
                $"The certificate that {host} shows is for another name: check the URL's host, or have its owner put that name into the "
                    + "certificate."
            )
            : null;
    }

    private CloneFailure? JudgeChain(string host, X509Certificate2 presented, X509Chain chain)
    {
        X509ChainStatusFlags? problems = null;
        if (!string.IsNullOrEmpty(path) || authorities is not null)
        {
            using var own = NewChain();
            if (Add(host, own.ChainPolicy.CustomTrustStore) is { } unreadable)
            {
                return IsTrustedBySystem(presented, chain, out _) ? null : unreadable;
            }

            // Ours come first: of several with one name and key the first one is taken, and only ours may be the end.
            own.ChainPolicy.ExtraStore.AddRange(own.ChainPolicy.CustomTrustStore);
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            problems = own.Build(presented) ? X509ChainStatusFlags.NoError : ProblemsOf(own);
        }

        return problems == X509ChainStatusFlags.NoError || IsTrustedBySystem(presented, chain, out var found)
            ? null
            : Meaning(host, problems ?? found);
    }

    /// <summary>Whether the system's authorities trust a certificate.</summary>
    /// <param name="presented">The server's own.</param>
    /// <param name="chain">Has what the server sent beside it.</param>
    /// <param name="problems">What is wrong with its chain.</param>
    private bool IsTrustedBySystem(X509Certificate2 presented, X509Chain chain, out X509ChainStatusFlags problems)
    {
        problems = X509ChainStatusFlags.PartialChain;
        foreach (var above in system.Above([presented, .. chain.ChainPolicy.ExtraStore]))
        {
            using var built = NewChain();
            built.ChainPolicy.CustomTrustStore.AddRange(above);
            built.ChainPolicy.ExtraStore.AddRange(above);
            built.ChainPolicy.ExtraStore.AddRange(chain.ChainPolicy.ExtraStore);
            if (built.Build(presented))
            {
                return true;
            }

            problems = Together(built.ChainElements);
        }

        return false;
    }

    private static X509Chain NewChain()
    {
#pragma warning disable RS0030 // The policy is set before it is built.
        var chain = new X509Chain { ChainPolicy = TrustingNothing() };
#pragma warning restore RS0030
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid(ServerAuthentication));
        return chain;
    }

    /// <summary>
    /// What is wrong with a chain. Any certificate that is trusted may be its end, be it an intermediate one or the server's own, as for
    /// git (OpenSSL's "partial chain"): what is above does not matter then, nor that it is missing. .NET takes none but roots for an end.
    /// </summary>
    private static X509ChainStatusFlags ProblemsOf(X509Chain chain)
    {
        var elements = chain.ChainElements.ToList();
        var end = elements.FindIndex(element => IsTrusted(element.Certificate, chain.ChainPolicy.CustomTrustStore));
        if (end < 0)
        {
            return Together(elements) | X509ChainStatusFlags.PartialChain;
        }

        // The dates of a chain's last one are not looked at where its issuer is not known.
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var isInTime =
            elements[end].Certificate.NotBefore.ToUniversalTime() <= now && now <= elements[end].Certificate.NotAfter.ToUniversalTime();
        return (Together(elements.Take(end + 1)) & ~(X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot))
            | (isInTime ? X509ChainStatusFlags.NoError : X509ChainStatusFlags.NotTimeValid);
    }

    // By all their bytes: .NET calls those equal that have one issuer and number, which anybody can write.
    private static bool IsTrusted(X509Certificate2 certificate, X509Certificate2Collection trusted) =>
        trusted.Any(one => one.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span));

    private static X509ChainStatusFlags Together(IEnumerable<X509ChainElement> elements) =>
        elements.SelectMany(element => element.ChainElementStatus).Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status);

    private CloneFailure? Add(string host, X509Certificate2Collection trusted)
    {
        try
        {
            trusted.ImportFromPem(authorities);
        }
        catch (CryptographicException)
        {
            return Refused(
                $"The certificate of {host} can't be checked, for ca.crt of the Secret can't be read: put certificates in PEM there."
            );
        }

        try
        {
            if (!string.IsNullOrEmpty(path))
            {
                trusted.ImportFromPemFile(path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return Refused(
                $"The certificate of {host} can't be checked, for the file of Git:TrustedCertificates can't be read: have the "
                    + "administrator fix it."
            );
        }

        return null;
    }

    private CloneFailure Meaning(string host, X509ChainStatusFlags problems) =>
        problems.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? Refused($"The certificate of {host} has expired or is not valid yet: have its owner renew it.")
        : authorities is null
            ? Refused(
                $"The certificate of {host} is not trusted: have the administrator add its authority to Git:TrustedCertificates, "
                    + "or put it into ca.crt of the Secret that spec.auth.secret names."
            )
        : Refused(
            $"The certificate of {host} is not trusted, by ca.crt of the Secret neither: put the certificate of its authority there."
        );

    private static CloneFailure Refused(string message) => new(Reasons.Unreachable, message);
}
