using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Files;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Cloning.Store;

public sealed class StoreQuotasTests
{
    private const long GiB = 1L << 30;

    /// <summary>What mkfs.ext4 makes of the claim that the manifests ask for, by its default of an inode for each 16 KiB.</summary>
    private static readonly VolumeSpace DefaultClaim = new(20 * GiB, 0, 20 * GiB, 1_310_720, 1_310_720);

    private static readonly NamespaceQuota Bytes = new() { Namespace = "team", Bytes = 5 };
    private static readonly NamespaceQuota Files = new() { Namespace = "*", Files = 7 };

    public static TheoryData<string, string, int, bool, long, long> Quotas =>
        new()
        {
            { "a share of both", "other", 50, false, 10 * GiB, 655_360 },
            { "all: the reserve alone is a limit", "other", 100, false, long.MaxValue, long.MaxValue },
            { "its own, and the share of what that leaves open", "team", 50, true, 5, 655_360 },
            { "that of the others", "other", 50, true, 10 * GiB, 7 },
        };

    [Theory]
    [MemberData(nameof(Quotas))]
    public void A_namespace_has_its_own_quota_or_that_of_the_others_or_a_share(
        string outcome,
        string ofNamespace,
        int share,
        bool listed,
        long bytes,
        long files
    )
    {
        Assert.NotEmpty(outcome);
        var options = new StoreOptions { NamespaceShare = share, Quotas = listed ? [Files, Bytes] : [] };

        Assert.Equal(new StoreAmount(bytes, files), StoreQuotas.Of(ofNamespace, options, DefaultClaim));
    }

    [Fact]
    public void The_defaults_let_the_largest_clone_fit_into_the_share_of_the_default_claim()
    {
        var (store, git) = (new StoreOptions(), new GitOptions());
        var share = StoreQuotas.Of("team", store, DefaultClaim);

        Assert.InRange(git.MaxCloneBytes, 1, share.Bytes);
        Assert.InRange(git.MaxCloneFiles, 1, share.Files);
        Assert.True((share + StoreQuotas.Reserve(store, DefaultClaim)).Bytes < DefaultClaim.Bytes);
    }

    [Theory]
    [InlineData("5 % of a small volume", 1_000_000, 1000, 50_000, 50)]
    [InlineData("at most 1 GiB and 65,536 inodes", 1L << 50, 1L << 40, GiB, 65_536)]
    [InlineData("no inodes where there is no fixed number", 1_000_000, 0, 50_000, 0)]
    public void The_reserve_is_a_share_with_a_bound(string outcome, long bytes, long inodes, long reservedBytes, long reservedFiles)
    {
        Assert.NotEmpty(outcome);
        Assert.Equal(
            new StoreAmount(reservedBytes, reservedFiles),
            StoreQuotas.Reserve(new StoreOptions(), new VolumeSpace(bytes, 0, bytes, inodes, inodes))
        );
    }

    [Theory]
    [InlineData("team", 5L, null, null)]
    [InlineData("*", null, 5L, null)]
    [InlineData("a-1", 0L, 0L, null)]
    [InlineData("team", null, null, "give Bytes, Files or both")]
    [InlineData("Team", 5L, null, "must be the name of a namespace")]
    [InlineData("te*", 5L, null, "must be the name of a namespace")]
    [InlineData("team\n", 5L, null, "must be the name of a namespace")]
    [InlineData("a234567890123456789012345678901234567890123456789012345678901234", 5L, null, "must be the name of a namespace")]
    public void A_quota_names_a_namespace_or_all_others_and_limits_something(string ofNamespace, long? bytes, long? files, string? problem)
    {
        var quota = new NamespaceQuota
        {
            Namespace = ofNamespace,
            Bytes = bytes,
            Files = files,
        };

        var found = quota.Validate(new ValidationContext(quota)).SingleOrDefault();

        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found?.ErrorMessage ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_system_without_a_number_of_inodes_limits_none()
    {
        var volume = new VolumeSpace(20 * GiB, 0, 20 * GiB, 0, 0);

        Assert.Equal(long.MaxValue, StoreQuotas.Of("team", new StoreOptions(), volume).Files);
        Assert.Null(StoreQuotas.Refusal(StoreQuotas.Reserve(new StoreOptions(), volume), volume));
    }

    [Fact]
    public void A_volume_at_its_reserve_takes_no_clone_and_says_of_what_there_is_no_more()
    {
        var reserve = StoreQuotas.Reserve(new StoreOptions(), DefaultClaim);

        Assert.Null(StoreQuotas.Refusal(reserve, DefaultClaim));
        Assert.Equal(CloneFailure.StoreFull, StoreQuotas.Refusal(reserve, DefaultClaim with { FreeBytes = reserve.Bytes + 1 }));
        var full = StoreQuotas.Refusal(reserve, DefaultClaim with { FreeInodes = reserve.Files + 1 });
        Assert.Equal(Reasons.StoreFull, full?.Reason);
        Assert.Contains("inodes", full!.Message, StringComparison.Ordinal);
    }
}
