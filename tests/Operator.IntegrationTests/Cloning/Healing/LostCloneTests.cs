using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>Every way to lose a clone, all at once, through one real operator.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
[Trait("Category", "Slow")]
public sealed class LostCloneTests(KubeApiServer cluster)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private static readonly (string Name, CloneLoss Loss, Action<string> Harm)[] SeenAtAGlance =
    [
        ("directory", CloneLoss.FolderMissing, TakeAway),
        ("git", CloneLoss.GitFolderMissing, clone => TakeAway(Path.Combine(clone, ".git"))),
        ("marker", CloneLoss.MarkerMissing, clone => File.Delete(Git(clone, "coderepo.json"))),
        ("marker-zero", CloneLoss.MarkerUnreadable, clone => File.WriteAllBytes(Git(clone, "coderepo.json"), new byte[300])),
        ("marker-foreign", CloneLoss.MarkerForeign, clone => Uid(clone, "another")),
        ("head", CloneLoss.HeadUnreadable, clone => File.WriteAllText(Git(clone, "HEAD"), "")),
        ("ref", CloneLoss.RefMissing, clone => File.Delete(Git(clone, "refs/heads/main"))),
        ("index", CloneLoss.IndexMissing, clone => File.Delete(Git(clone, "index"))),
        ("index-cut", CloneLoss.IndexDamaged, clone => Damage.Cut(Git(clone, "index"), 100)),
        ("objects", CloneLoss.ObjectsMissing, clone => TakeAway(Git(clone, "objects"))),
        ("pack", CloneLoss.ObjectsMissing, clone => File.Delete(Pack(clone))),
        ("pack-index", CloneLoss.PackMissing, clone => File.Delete(Path.ChangeExtension(Pack(clone), ".idx"))),
        ("pack-cut", CloneLoss.PackDamaged, clone => Damage.Cut(Pack(clone), 100)),
        ("shallow", CloneLoss.ShallowDamaged, clone => File.Delete(Git(clone, "shallow"))),
        ("tree", CloneLoss.WorkingTreeEmpty, Empty),
        ("tree-file", CloneLoss.TreeDamaged, clone => File.Delete(Path.Combine(clone, "big.bin"))),
    ];

    private static readonly (string Name, CloneLoss Loss, Action<string> Harm)[] SeenByReadingAll =
    [
        ("flip-pack", CloneLoss.PackDamaged, clone => Damage.Flip(Pack(clone), 5000)),
        ("flip-idx", CloneLoss.PackDamaged, clone => Damage.Flip(Path.ChangeExtension(Pack(clone), ".idx"), 1100)),
        ("flip-index", CloneLoss.IndexDamaged, clone => Damage.Flip(Git(clone, "index"), 90)),
        ("flip-file", CloneLoss.TreeDamaged, clone => Damage.Flip(Path.Combine(clone, "big.bin"), 2_000_000)),
        ("file", CloneLoss.TreeDamaged, clone => File.Delete(Path.Combine(clone, "src/deep/er/file.txt"))),
        ("foreign", CloneLoss.TreeDamaged, clone => File.WriteAllText(Path.Combine(clone, "src/notes"), "")),
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_quick_check_finds_is_made_again_counted_and_reported()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var commit = await OddProject.FillAsync(fixture.Project, Token);
        var running = await fixture.StartReadyOperatorAsync(("Store__DeepVerifyInterval", "00:00:00"), ("Store__MaxConcurrentClones", "2"));
        await CloneAllAsync(fixture, SeenAtAGlance.Select(loss => loss.Name).Append("whole"));

        Array.ForEach(SeenAtAGlance, loss => loss.Harm(fixture.Clone(loss.Name)));

        await SeeHealedAsync(fixture, running, SeenAtAGlance, commit);
        Assert.Equal(0, (await fixture.GetAsync("whole")).Status!.Reclones);

        // All of it at once, as when the volume is wiped. Not bit by bit: a glance in between would tell another loss.
        foreach (var directory in Directory.GetDirectories(Path.Combine(fixture.Store, fixture.Namespace)))
        {
            Directory.Move(directory, $"{fixture.Store}-{Path.GetFileName(directory)}");
        }

        foreach (var (name, _, _) in SeenAtAGlance)
        {
            await fixture.SeeAsync($"{name} was cloned again", repo => repo.Status?.Reclones == 2, name);
        }

        await fixture.SeeAsync("whole was cloned again", repo => repo.Status?.Reclones == 1, "whole");
        Assert.Equal(SeenAtAGlance.Length + 2, await RecloneCountAsync(running, CloneLoss.FolderMissing));
        Assert.Equal(0, await running.MetricAsync("coderepo_deep_checks_total{result=\"Whole\"}", Token));
    }

    [Fact]
    public async Task What_only_a_full_verification_finds_is_made_again_and_a_whole_clone_is_left_alone_however_often_it_is_read()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var commit = await OddProject.FillAsync(fixture.Project, Token);
        var running = await fixture.StartReadyOperatorAsync(
            ("Store__DeepVerifyInterval", "00:00:01"),
            ("Store__DeepVerifyBytesPerSecond", "1000000000")
        );
        await CloneAllAsync(fixture, SeenByReadingAll.Select(loss => loss.Name).Append("whole"));
        var marker = File.GetLastWriteTimeUtc(Git(fixture.Clone("whole"), "coderepo.json"));
        await SeeChecksAsync(running, 2 * (SeenByReadingAll.Length + 1));

        Array.ForEach(SeenByReadingAll, loss => loss.Harm(fixture.Clone(loss.Name)));

        await SeeHealedAsync(fixture, running, SeenByReadingAll, commit);
        Assert.Equal(SeenByReadingAll.Length, await running.MetricAsync("coderepo_deep_checks_total{result=\"Damaged\"}", Token));
        await SeeChecksAsync(running, 3 * (SeenByReadingAll.Length + 1));
        Assert.Equal(marker, File.GetLastWriteTimeUtc(Git(fixture.Clone("whole"), "coderepo.json")));
        Assert.Equal(0, (await fixture.GetAsync("whole")).Status!.Reclones);
    }

    [Fact]
    public async Task An_older_clone_that_a_restore_brought_back_is_reported_as_what_it_is()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await fixture.StartReadyOperatorAsync();
        await fixture.CreateAsync();
        var old = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        var saved = Path.Combine(fixture.Store, fixture.Namespace, ".saved");
        await ProcessRunner.RunAsync("cp", ["-a", fixture.Clone(), saved], new Dictionary<string, string>(), "", Token);
        var commit = await fixture.Project.CommitAsync("new.txt", "new\n");
        await fixture.RequestAsync("now");
        await fixture.SeeAsync("the update", repo => repo.Status?.Commit == commit);

        Assert.True(FileSystem.TryExchange(saved, fixture.Clone()));

        await fixture.SeeAsync("the commit of the old one", repo => repo.Status is { Reclones: 0 } now && now.Commit == old.Status!.Commit);
        await fixture.RequestAsync("again");
        await fixture.SeeCloneAsync(commit);
    }

    [Fact]
    public async Task A_clone_that_is_being_read_does_not_keep_the_operator_from_ending()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        await OddProject.FillAsync(fixture.Project, Token);
        var running = await fixture.StartReadyOperatorAsync(
            ("Store__DeepVerifyInterval", "00:00:01"),
            ("Store__DeepVerifyBytesPerSecond", "65536"),
            ("Logging__LogLevel__CodeRepoOperator", "Debug")
        );
        await fixture.CreateAsync();
        var started = await Eventually.SeeAsync(
            "a worker reads the clone",
            _ =>
                Task.FromResult(
                    Array.Find(running.Log.Split('\n'), line =>
                        line.TrimEnd().EndsWith($"starts, for {fixture.Clone()}", StringComparison.Ordinal)
                    )
                ),
            line => line is not null,
            Soon,
            Token
        );
        var words = started!.TrimEnd().Split(' ');
        var worker = $"/proc/{words[Array.IndexOf(words, "worker") + 1]}";
        Assert.True(Directory.Exists(worker));

        using var inTime = CancellationTokenSource.CreateLinkedTokenSource(Token);
        inTime.CancelAfter(TimeSpan.FromSeconds(10));
        Assert.Equal(0, await running.StopAsync(inTime.Token));

        Assert.False(Directory.Exists(worker));
        Assert.DoesNotContain("could not be checked", running.Log, StringComparison.Ordinal);
    }

    private static async Task CloneAllAsync(CloneFixture fixture, IEnumerable<string> names)
    {
        foreach (var name in names)
        {
            await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = (name, fixture.ServeAs(name)));
        }

        foreach (var name in names)
        {
            await fixture.SeeAsync($"{name} is cloned", repo => repo.Status?.ClonedAt is not null, name);
        }
    }

    private static async Task SeeHealedAsync(
        CloneFixture fixture,
        OperatorProcess running,
        (string Name, CloneLoss Loss, Action<string> Harm)[] losses,
        string commit
    )
    {
        foreach (var (name, loss, _) in losses)
        {
            await fixture.SeeAsync(
                $"{name} was cloned again",
                repo => repo.Status?.Reclones == 1 && CloneFixture.Condition(repo, ConditionTypes.Ready)?.Reason == Reasons.Cloned,
                name
            );
            await fixture.SeeCloneAsync(commit, name);
            await Eventually.SeeAsync(
                $"the events of {name}",
                _ => fixture.EventsAsync(name),
                seen => seen.SequenceEqual([EventReasons.Cloned, EventReasons.Recloned]),
                Soon,
                Token
            );
            Assert.Contains($"Cloned {fixture.Namespace}/{name} again from ", running.Log, StringComparison.Ordinal);
        }

        foreach (var loss in Enum.GetValues<CloneLoss>())
        {
            Assert.Equal((loss, losses.Count(one => one.Loss == loss)), (loss, await RecloneCountAsync(running, loss)));
        }
    }

    private static async Task SeeChecksAsync(OperatorProcess running, int more)
    {
        const string Whole = "coderepo_deep_checks_total{result=\"Whole\"}";
        var before = await running.MetricAsync(Whole, Token);
        await Eventually.HoldsAsync(
            $"{more} more checks",
            async token => await running.MetricAsync(Whole, token) >= before + more,
            Soon,
            Token
        );
        Assert.Equal(0, await running.MetricAsync("coderepo_deep_checks_total{result=\"Failed\"}", Token));
    }

    private static async Task<double?> RecloneCountAsync(OperatorProcess running, CloneLoss loss) =>
        await running.MetricAsync($"coderepo_repos_recloned_total{{reason=\"{loss}\"}}", Token);

    /// <summary>At once: bit by bit, a glance in between would see another loss.</summary>
    private static void TakeAway(string directory)
    {
        var lost = Path.Combine(Path.GetTempPath(), $"lost-{Guid.NewGuid():n}");
        Directory.Move(directory, lost);
        Directory.Delete(lost, recursive: true);
    }

    private static string Git(string clone, string path) => Path.GetFullPath(Path.Combine(clone, ".git", path));

    private static string Pack(string clone) => Directory.GetFiles(Git(clone, "objects/pack"), "*.pack").Single();

    private static void Uid(string clone, string uid)
    {
        var marker = Git(clone, "coderepo.json");
        (MarkerFile.Read(marker)! with { Uid = uid }).Write(marker);
    }

    private static void Empty(string clone)
    {
        foreach (var entry in new DirectoryInfo(clone).EnumerateFileSystemInfos().Where(entry => entry.Name != ".git"))
        {
            if (entry is DirectoryInfo { LinkTarget: null } directory)
            {
                directory.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }
}
