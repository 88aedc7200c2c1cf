using System.Net.Security;

namespace CodeRepoOperator.Api.Serving;

/// <summary>
/// The certificate that the API shows. Its files are looked at when somebody connects, at most once a second, and not watched: what
/// Kubernetes exchanges when a Secret changes is a link above them.
/// </summary>
internal sealed class TlsCertificate(ApiOptions options, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <summary>Guards the fields below: handshakes come at the same time.</summary>
    private readonly Lock _lock = new();
    private TlsFiles? _files;
    private long? _lookedAt;
    private string _logged = "";

    /// <summary>What a connection is encrypted with.</summary>
    /// <exception cref="IOException">The files could never be read.</exception>
    public SslServerAuthenticationOptions ForConnection() => new() { ServerCertificateContext = Files().Context };

    private TlsFiles Files()
    {
        lock (_lock)
        {
            if (_files is null || _lookedAt is not { } last || time.GetElapsedTime(last) >= LookInterval)
            {
                _lookedAt = time.GetTimestamp();
                LookWhileLocked();
            }

            return _files ?? throw new IOException($"{options.Certificate}: {_logged}");
        }
    }

    private void LookWhileLocked()
    {
        var read = TlsFiles.TryRead(options.Certificate!, options.Key!, _files, out var error);
        if (read is null)
        {
            // The old one is shown for as long as there is no better one.
            if (error != _logged)
            {
                log.CertificateNotRead(options.Certificate!, error);
            }
        }
        else if (_files is not null && !ReferenceEquals(read, _files))
        {
            log.CertificateRead(options.Certificate!, read.Context.TargetCertificate.NotAfter);
        }

        (_files, _logged) = (read ?? _files, error);
    }
}
