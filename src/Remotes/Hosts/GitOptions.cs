using System.ComponentModel.DataAnnotations;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>Which remotes may be spoken to, and how. Section <c>Git</c>.</summary>
internal sealed class GitOptions
{
    /// <summary>The section's name.</summary>
    public const string Section = "Git";

    /// <summary>
    /// Hosts that may be cloned from: <c>git.example.com</c>, or <c>*.example.com</c> for every host below it.
    /// Redirects are held to it too. Default: empty, every host.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; set; } = [];

    /// <summary>Schemes that may be used, out of https, http and ssh. Default: empty, all three.</summary>
    public IReadOnlyList<string> AllowedSchemes { get; set; } = [];

    /// <summary>
    /// Networks (CIDR) whose addresses are never connected to, whatever name leads there; stronger than
    /// <see cref="PermittedNetworks"/>. Default: empty.
    /// </summary>
    public IReadOnlyList<string> DeniedNetworks { get; set; } = [];

    /// <summary>
    /// Networks (CIDR) to be connected to although they are loopback, link-local, multicast or a cloud's metadata service,
    /// which are refused otherwise: <c>127.0.0.0/8</c> for a remote on this machine. Default: empty.
    /// </summary>
    public IReadOnlyList<string> PermittedNetworks { get; set; } = [];

    /// <summary>
    /// Path of a PEM file with certificates of authorities that remotes are trusted by, beside the system's. Read anew
    /// when a certificate is judged, so that a change needs no restart. Default: none.
    /// </summary>
    public string? TrustedCertificates { get; set; }

    /// <summary>
    /// Whether credentials may be sent over plain HTTP, where everybody on the way can read them. For remotes in a network of your own.
    /// Default false.
    /// </summary>
    public bool AllowCredentialsOverHttp { get; set; }

    /// <summary>Credentials for CodeRepos that name none themselves. Default: empty, those are anonymous.</summary>
    [JsonIgnore] // The worker gets the credentials that it needs.
    public IReadOnlyList<HostCredentials> Credentials { get; set; } = [];

    /// <summary>How often hosts may be polled, all CodeRepos together. Default: empty, as often as the specs ask for.</summary>
    [JsonIgnore] // The worker polls nothing.
    public IReadOnlyList<HostBudget> HostBudgets { get; set; } = [];

    /// <summary>Bytes that one clone may take on the volume, packs and files together. From 1 MB, default 8 GB: below the share of a
    /// namespace of the volume that the manifests ask for.</summary>
    [Range(typeof(long), "1000000", "1000000000000000")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public long MaxCloneBytes { get; set; } = 8_000_000_000;

    /// <summary>Files and directories that the commit of a clone may have. Default 500,000: ext4 makes 1.3 million inodes on the
    /// volume that the manifests ask for.</summary>
    [Range(1, 100_000_000)]
    public int MaxCloneFiles { get; set; } = 500_000;

    /// <summary>
    /// Bytes of memory that the process of one clone may use, mapped files not counted; the largest file of a repository must fit in
    /// twice. From 256 MB, default 2 GB.
    /// </summary>
    [Range(typeof(long), "256000000", "1000000000000")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public long MaxCloneMemory { get; set; } = 2_000_000_000;

    /// <summary>
    /// Processor time that the process of one clone may use, all processors together. A clone of 20 GB takes some 8 min.
    /// 1 s to 1 day, default 20 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public TimeSpan MaxCloneCpu { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>How long to wait for a connection, TLS or the login by SSH included. 100 ms to 5 min, default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long one clone or poll may take at most, whatever <c>spec.timeout</c> asks for: so long a remote that hangs may hold what all
    /// share. 1 s to a day, default 30 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public TimeSpan MaxTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// How long a remote may send less than 1,000 bytes a second of a repository before the clone ends, also while it gets ready to. What
    /// it sends to keep the connection open does not count. 1 s to a day, default 5 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How often a remote is polled at most, whatever <c>spec.interval</c> asks for. A spec that asks for none gets none. 1 s to a day,
    /// default 10 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "The operator checks it, which is not trimmed.")]
    public TimeSpan MinInterval { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>No remote responds sooner from everywhere: a shorter time only makes failures.</summary>
    private static readonly TimeSpan ShortestTimeout = TimeSpan.FromSeconds(1);

    /// <summary>How long a clone or poll may take.</summary>
    /// <param name="asked">What the spec asks for.</param>
    public TimeSpan TimeoutFor(TimeSpan asked) =>
        asked < ShortestTimeout ? ShortestTimeout
        : asked < MaxTimeout ? asked
        : MaxTimeout;

    /// <summary>How often a remote is polled; zero: never.</summary>
    /// <param name="asked">What the spec asks for.</param>
    public TimeSpan IntervalFor(TimeSpan asked) =>
        asked <= TimeSpan.Zero ? TimeSpan.Zero
        : asked > MinInterval ? asked
        : MinInterval;
}
