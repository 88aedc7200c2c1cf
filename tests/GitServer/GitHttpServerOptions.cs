using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace GitServer;

/// <summary>How a <see cref="GitHttpServer"/> serves.</summary>
public sealed class GitHttpServerOptions
{
    /// <summary>The address of this machine to listen on. Default: 127.0.0.1.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port there. Default 0: any free one.</summary>
    public int Port { get; init; }

    /// <summary>Serve over TLS with this certificate and its key. Default: none, plain HTTP.</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>The one certificate that clients may connect with; null: they need none.</summary>
    public X509Certificate2? ClientCertificate { get; init; }

    /// <summary>Demand this user name of HTTP basic authentication. Default: anonymous.</summary>
    public string? UserName { get; init; }

    /// <summary>The password that goes with <see cref="UserName"/>.</summary>
    public string? Password { get; init; }
}
