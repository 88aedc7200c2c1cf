using CodeRepoOperator.Cloning.Clones;

namespace CodeRepoOperator.Cloning.Inspecting;

public sealed class KnownDamageTests
{
    private const string Detail = "link: leads elsewhere";

    private static readonly string OtherCommit = new('2', 40);

    private readonly KnownDamage _damage = new();

    [Fact]
    public void The_first_finding_is_damage_and_found_once()
    {
        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail));
        Assert.Equal(DamageVerdict.KnownDamage, _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail));
        Assert.Equal(CloneLoss.TreeDamaged, _damage.Of(Clone(1)));
        Assert.Equal(0, _damage.Unverifiable);
    }

    [Fact]
    public void A_clone_made_again_that_shows_the_same_at_the_same_commit_stays_and_is_reported_once()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail);

        Assert.Equal(DamageVerdict.Unsupported, _damage.Add(Clone(2), CloneLoss.TreeDamaged, Detail));
        Assert.Equal(DamageVerdict.KnownUnsupported, _damage.Add(Clone(2), CloneLoss.TreeDamaged, Detail));
        Assert.Null(_damage.Of(Clone(2)));
        Assert.Equal(1, _damage.Unverifiable);
    }

    [Fact]
    public void What_is_found_elsewhere_in_it_or_of_another_kind_is_damage()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail);

        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(2), CloneLoss.TreeDamaged, "other: changed"));
        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(3), CloneLoss.IndexDamaged, Detail));
        Assert.Equal(CloneLoss.IndexDamaged, _damage.Of(Clone(3)));
    }

    [Fact]
    public void Findings_that_take_turns_stop_too()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, "one");
        _damage.Add(Clone(2), CloneLoss.TreeDamaged, "two");

        Assert.Equal(DamageVerdict.Unsupported, _damage.Add(Clone(3), CloneLoss.TreeDamaged, "one"));
        Assert.Equal(DamageVerdict.Unsupported, _damage.Add(Clone(4), CloneLoss.TreeDamaged, "two"));
    }

    [Fact]
    public void One_that_could_not_be_judged_and_is_damaged_elsewhere_then_counts_as_such_no_more()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail);
        _damage.Add(Clone(2), CloneLoss.TreeDamaged, Detail);
        Assert.Equal(1, _damage.Unverifiable);

        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(2), CloneLoss.TreeDamaged, "other: changed"));

        Assert.Equal(0, _damage.Unverifiable);
        Assert.Equal(CloneLoss.TreeDamaged, _damage.Of(Clone(2)));
    }

    [Fact]
    public void What_differs_each_time_takes_no_more_than_so_much_memory_and_the_latest_is_known()
    {
        foreach (var number in Enumerable.Range(1, 100))
        {
            Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(number), CloneLoss.TreeDamaged, $"{number}"));
        }

        Assert.Equal(DamageVerdict.Unsupported, _damage.Add(Clone(101), CloneLoss.TreeDamaged, "100"));
        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(102), CloneLoss.TreeDamaged, "1"));
    }

    [Fact]
    public void At_another_commit_it_is_damage_again()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail);
        _damage.Add(Clone(2), CloneLoss.TreeDamaged, Detail);

        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(3, OtherCommit), CloneLoss.TreeDamaged, Detail));
        Assert.Equal(0, _damage.Unverifiable);
        Assert.Equal(DamageVerdict.Unsupported, _damage.Add(Clone(4, OtherCommit), CloneLoss.TreeDamaged, Detail));
    }

    [Fact]
    public void Once_it_was_read_whole_the_same_finding_is_damage_again()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail);
        _damage.IsWhole(Clone(2).Key);

        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(2), CloneLoss.TreeDamaged, Detail));
    }

    [Fact]
    public void Of_a_CodeRepo_of_the_same_name_made_anew_nothing_is_known()
    {
        _damage.Add(Clone(1), CloneLoss.TreeDamaged, Detail);

        Assert.Equal(DamageVerdict.Damage, _damage.Add(Clone(2, uid: "other"), CloneLoss.TreeDamaged, Detail));
    }

    private static PublishedClone Clone(int number, string commit = TestClones.Commit, string uid = "uid")
    {
        var clone = TestClones.Published(uid);
        return clone with { Marker = clone.Marker with { Commit = commit }, MarkerWrittenAt = DateTime.UnixEpoch.AddSeconds(number) };
    }
}
