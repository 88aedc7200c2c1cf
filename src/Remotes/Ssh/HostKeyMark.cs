namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>What a line of a known_hosts file says of its key.</summary>
internal enum HostKeyMark
{
    /// <summary>It is the host's.</summary>
    None,

    /// <summary><c>@revoked</c>: whoever shows it is to be refused.</summary>
    Revoked,

    /// <summary><c>@cert-authority</c>: it signs the host's certificates, of which this version knows none.</summary>
    CertificateAuthority,
}
