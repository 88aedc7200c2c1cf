using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>The volume that the clones are on; section <c>Store</c>.</summary>
internal sealed class StoreOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Store";

    /// <summary>Where the volume is mounted.</summary>
    [Required(ErrorMessage = "name the directory where the volume for clones is mounted.")]
    public string Root { get; init; } = "";

    /// <summary>Name of the volume's PersistentVolumeClaim: reported to consumers, and the name of the store's Lease.</summary>
    [Required(ErrorMessage = "name the PersistentVolumeClaim of the volume.")]
    [ObjectName]
    public string Claim { get; init; } = "";

    /// <summary>Namespace of the claim and the Lease.</summary>
    [Required(ErrorMessage = "name the namespace that the operator runs in.")]
    [NamespaceName]
    public string Namespace { get; init; } = "";

    /// <summary>The node that the operator runs on, reported to consumers of a ReadWriteOnce claim. Default: not reported.</summary>
    public string? Node { get; init; }

    /// <summary>The shard that the store belongs to. Default 0, the only one so far.</summary>
    [Range(0, 9999)]
    public int Shard { get; init; }

    /// <summary>How often each clone is looked at, and so how soon a lost one is noticed. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan VerifyInterval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How often each clone is read whole and compared with its checksums; spread over this time. 0: never. Default 6 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "90.00:00:00")]
    public TimeSpan DeepVerifyInterval { get; init; } = TimeSpan.FromHours(6);

    /// <summary>How many bytes a second are read for that, all clones together. Default 16 MiB.</summary>
    [Range(65_536, 1_000_000_000)]
    public int DeepVerifyBytesPerSecond { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long replaced and deleted trees stay for readers with open files. Default 10 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "7.00:00:00")]
    public TimeSpan TrashGracePeriod { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How long a deleted CodeRepo waits for a store that can't be used before it is let go and its clone is left for later.
    /// Default 30 s, as long as a remount or a takeover takes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RemovalPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How many bytes of replaced and deleted trees may wait; above it the oldest go before their grace period ends. Default 5 GiB,
    /// a quarter of the volume that the manifests ask for.
    /// </summary>
    [Range(typeof(long), "0", "1000000000000000")]
    public long TrashSizeLimit { get; init; } = 5L << 30;

    /// <summary>
    /// How much of the volume the CodeRepos of one namespace may take, in percent of its bytes and of its inodes, their trash included;
    /// 100: all that is not reserved. Default 50.
    /// </summary>
    [Range(1, 100)]
    public int NamespaceShare { get; init; } = 50;

    /// <summary>
    /// How much of the volume no clone may take, in percent of its bytes and of its inodes; at most 1 GiB and 65,536 inodes. Default 5.
    /// </summary>
    [Range(0, 50)]
    public int Reserve { get; init; } = 5;

    /// <summary>What single namespaces may take instead of <see cref="NamespaceShare"/>. Default: empty.</summary>
    public IReadOnlyList<NamespaceQuota> Quotas { get; init; } = [];

    /// <summary>How many clones and updates run at once. Default 4.</summary>
    [Range(1, 64)]
    public int MaxConcurrentClones { get; init; } = 4;

    /// <summary>
    /// With more packs than this, or up to twice as many, a clone is made anew to have one, while nobody needs the place. 0: never. Default
    /// 20: they hardly slow an update down yet.
    /// </summary>
    [Range(0, 100)]
    public int ConsolidateAbovePacks { get; init; } = 20;

    /// <summary>When what can't get better by itself (a missing branch, a refused password) is tried again. Default 15 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan TerminalRetryInterval { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>
    /// When credentials that can't be had (a missing Secret, a missing key) are looked for again: a request to the API server, and none to
    /// the remote. Default 30 s.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan SecretRetryInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>When a failure that can't get better by itself is tried again.</summary>
    public TimeSpan RetryIntervalOf(string reason) => reason == Reasons.SecretNotFound ? SecretRetryInterval : TerminalRetryInterval;
}
