using System.Globalization;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;

namespace CodeRepoOperator.Cloning.Store;

/// <summary>What a namespace may take of a volume, and what none may; as the settings say.</summary>
internal static class StoreQuotas
{
    /// <summary>A larger reserve would serve nobody: it is for the operator's own files and for what others write meanwhile.</summary>
    private const long LargestReservedBytes = 1L << 30;
    private const long LargestReservedFiles = 1 << 16;

    private const int All = 100;

    /// <summary>What the CodeRepos of a namespace may take of a volume.</summary>
    public static StoreAmount Of(string ofNamespace, StoreOptions options, VolumeSpace volume)
    {
        var own = options.Quotas.FirstOrDefault(quota => quota.Namespace == ofNamespace)
            ?? options.Quotas.FirstOrDefault(quota => quota.Namespace == NamespaceQuota.Others);
        return new StoreAmount(
            own?.Bytes ?? Part(volume.Bytes, options.NamespaceShare),
            own?.Files ?? (volume.HasInodes ? Part(volume.Inodes, options.NamespaceShare) : long.MaxValue)
        );
    }

    /// <summary>What no clone may take of a volume.</summary>
    public static StoreAmount Reserve(StoreOptions options, VolumeSpace volume) =>
        new(
            Math.Min(LargestReservedBytes, volume.Bytes / All * options.Reserve),
            Math.Min(LargestReservedFiles, (long)((Int128)volume.Inodes * options.Reserve / All))
        );

    /// <summary>Why no clone may be begun on a volume; null: one may.</summary>
    public static CloneFailure? Refusal(StoreAmount reserve, VolumeSpace volume)
    {
        if (volume.HasInodes && volume.FreeInodes - reserve.Files < StoreAmount.SmallestClone.Files)
        {
            return CloneFailure.NoInodes;
        }

        return volume.FreeBytes - reserve.Bytes < StoreAmount.SmallestClone.Bytes ? CloneFailure.StoreFull : null;
    }

    /// <summary>The failure of a clone that its namespace has no room for.</summary>
    public static CloneFailure Exceeded(string ofNamespace, StoreAmount quota, StoreAmount used, StoreAmount inTrash) =>
        new(
            Reasons.QuotaExceeded,
            $"The clone does not fit into the quota of namespace {ofNamespace}: {Shown(used)} of {Shown(quota)} are in use"
                + (inTrash == default ? "" : $", {Shown(inTrash)} of them by replaced and deleted clones that go soon")
                + ". Delete CodeRepos of the namespace, lower spec.depth, or have the administrator raise Store:Quotas."
        );

    private static string Shown(StoreAmount amount) => $"{Bytes(amount.Bytes)} and {Files(amount.Files)}";

    private static string Bytes(long bytes) =>
        bytes switch
        {
            long.MaxValue => "any number of bytes",
            >= 1_000_000_000 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.0} MB"),
        };

    private static string Files(long files) =>
        files == long.MaxValue ? "any number of files" : string.Create(CultureInfo.InvariantCulture, $"{files:N0} files and directories");

    private static long Part(long whole, int percent) => percent == All ? long.MaxValue : (long)((Int128)whole * percent / All);
}
