using System.Collections.Concurrent;
using CodeRepoOperator.Api.Archives;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Worker;
using GitServer;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Cloning.Submodules;

/// <summary>What <c>spec.submodules</c> asks for, beside what git itself makes of the same repositories.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class SubmoduleTests(KubeApiServer cluster)
{
    private static readonly string Unknown = new('1', 40);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_clone_has_nested_submodules_just_as_git_clones_them()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var app = await NestedAsync(fixture);
        await app.CommitAsync("a.txt", "one");

        var desired = Want(fixture);
        var made = await fixture.MakeAsync(desired);

        var clone = fixture.Layout.Clone(desired.Key);
        var byGit = fixture.Remote.NewDirectory();
        await Superproject.CloneByGitAsync(fixture.Remote.Server.UrlOf("project.git"), byGit);
        Assert.Null(made.Marker.Omitted);
        Assert.Equal(ClonedTree.Listing(byGit), ClonedTree.Listing(clone));
        await SeeSoundAsync(clone, made.Marker.Commit);
        foreach (var command in new[] { "submodule summary", "submodule foreach --recursive git log -1 --no-decorate" })
        {
            Assert.Equal(await GitCommand.RunAsync(byGit, command.Split(' ')), await GitCommand.RunAsync(clone, command.Split(' ')));
        }

        foreach (var modules in new[] { "vendor/lib", "vendor/lib/modules/deep" })
        {
            var config = new[] { "config", "-f", $".git/modules/{modules}/config", "core.worktree" };
            Assert.Equal(await GitCommand.RunAsync(byGit, config), await GitCommand.RunAsync(clone, config));
        }

        Assert.Equal(["vendor/lib", "vendor/lib/in/deep"], made.Marker.Submodules!.Fetched.Select(submodule => submodule.Path));
        Assert.Equal(2, fixture.ContentOf(made)!.Submodules);
        Assert.False(Directory.Exists(Path.Combine(clone, ".git/coderepo-submodules")));
        Assert.True(made.Marker.Size!.Files > 3 * CloneSize.GitFiles);
        fixture.Store.Clear();
        Assert.IsType<CloneDecision.Keep>(fixture.Store.Decide(desired));
        Assert.Null((await fixture.CheckAsync(made)).Finding);

        // Readers who can't mount the volume get the same files, and no .git.
        var unpacked = fixture.Remote.NewDirectory();
        await File.WriteAllBytesAsync(unpacked + ".tar", await ArchiveAsync(fixture, made, null), Token);
        await RunAsync("tar", "xf", unpacked + ".tar", "-C", unpacked);
        await RunAsync("diff", "-r", "-x", ".git", clone, unpacked);
        Assert.DoesNotContain(ClonedTree.Listing(unpacked), line => line.Contains("/.git ", StringComparison.Ordinal));
        Assert.NotEmpty(await ArchiveAsync(fixture, made, "vendor/lib/in/deep/deep.txt"));
    }

    [Fact]
    public async Task An_update_fetches_the_submodules_that_moved_and_asks_for_no_other()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var app = await fixture.Remote.ProjectAsync();
        var (moves, stays) = (await fixture.Remote.ProjectAsync("moves.git"), await fixture.Remote.ProjectAsync("stays.git"));
        await app.PinAsync("moves", "../moves.git", await moves.CommitAsync("a.txt", "one"));
        await moves.CommitAsync("large.bin", new string('x', 100_000));
        await app.PinAsync("moves", "../moves.git", await moves.CommitAsync("a.txt", "two"));
        await app.PinAsync("stays", "../stays.git", await stays.CommitAsync("b.txt", "one"));
        var desired = Want(fixture);
        var first = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        var file = new FileInfo(Path.Combine(clone, "stays/b.txt"));
        var asked = new ConcurrentBag<string>();
        fixture.Remote.Server.Fault = request =>
        {
            asked.Add(request.Path.Value!.Split('/')[1]);
            return null;
        };

        var moved = await moves.CommitAsync("a.txt", "three");
        var commit = await app.PinAsync("moves", "../moves.git", moved);
        var second = await RefreshAsync(fixture, desired, first);

        Assert.Equal(["moves.git", "project.git"], asked.Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(moved, second.Marker.Submodules!.Fetched.Single(submodule => submodule.Path == "moves").Commit);
        Assert.Equal("three", await File.ReadAllTextAsync(Path.Combine(clone, "moves/a.txt"), Token));
        Assert.True(second.Marker.Size!.SharedBytes > 100_000, second.Marker.Size.ToString());
        await SeeSoundAsync(clone, commit);

        // Nothing but a file of the repository itself changes.
        asked.Clear();
        commit = await app.CommitAsync("c.txt", "new");
        var third = await RefreshAsync(fixture, desired, second);
        Assert.Equal(["project.git"], asked.Distinct());
        Assert.Equal(second.Marker.Submodules, third.Marker.Submodules);
        await SeeSoundAsync(clone, commit);
        Assert.Equal(file.LastWriteTimeUtc, new FileInfo(file.FullName).LastWriteTimeUtc);

        // And so it goes on where a submodule moves to another path and name.
        await app.GitAsync("rm", "-q", "--cached", "stays");
        Directory.Delete(app.Path("stays"));
        commit = await app.PinAsync("elsewhere/stays", "../stays.git", third.Marker.Submodules!.Fetched[1].Commit, "other name");
        asked.Clear();
        var fourth = await RefreshAsync(fixture, desired, third);
        Assert.Equal(["project.git"], asked.Distinct());
        Assert.Equal("modules/other name", fourth.Marker.Submodules!.Fetched[0].Modules);
        await SeeSoundAsync(clone, commit);
    }

    [Fact]
    public async Task What_is_missing_is_named_and_comes_later_and_fails_the_update_where_it_is_required()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var app = await fixture.Remote.ProjectAsync();
        var first = await app.CommitAsync("a.txt", "one");
        var desired = Want(fixture, required: true);
        var whole = await fixture.MakeAsync(desired);
        var commit = await app.PinAsync("vendor/lib", "../lib.git", Unknown);

        var failed = await fixture.RefreshAsync(desired, whole, Token);
        Assert.Equal(Reasons.RepositoryNotFound, failed.Failure?.Reason);
        Assert.StartsWith("submodule vendor/lib: ", failed.Failure!.Message, StringComparison.Ordinal);
        Assert.True(failed.Failure.SaysNothingOfHost);
        Assert.Equal(first, await GitCommand.RunAsync(fixture.Layout.Clone(desired.Key), "rev-parse", "HEAD"));

        desired = Want(fixture);
        var made = await fixture.MakeAsync(desired);
        var url = fixture.Remote.Server.UrlOf("lib.git");
        Assert.Equal([$"vendor/lib ({Reasons.RepositoryNotFound} at {url})"], made.Marker.Omitted!.Submodules.First);
        Assert.True(made.Marker.Submodules!.MayComeLater);
        Assert.Equal(commit, made.Marker.Commit);
        var clone = fixture.Layout.Clone(desired.Key);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(clone, "vendor/lib")));

        // Another try in vain changes nothing that readers see.
        var again = await fixture.RefreshAsync(desired, made, Token);
        Assert.Equal((made, new CloneChange.None()), (again.Published, again.Change));
        Assert.Equal(made.MarkerWrittenAt, fixture.Store.Find(desired.Key, desired.Uid)!.MarkerWrittenAt);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Layout.Staging));

        // The repository is there, and not the commit; then another one is named.
        var lib = await fixture.Remote.ProjectAsync("lib.git");
        var there = await lib.CommitAsync("lib.txt", "one");
        made = await RefreshAsync(fixture, desired, made);
        Assert.Equal([$"vendor/lib ({Reasons.RefNotFound} at {url})"], made.Marker.Omitted!.Submodules.First);
        await app.PinAsync("vendor/lib", "../lib.git", there);
        fixture.Remote.Server.Fault = request =>
            request.Path.StartsWithSegments("/lib.git", StringComparison.Ordinal) ? new RequestFault { Status = 503 } : null;
        made = await RefreshAsync(fixture, desired, made);
        Assert.Contains(Reasons.Unreachable, made.Marker.Omitted!.Submodules.First[0], StringComparison.Ordinal);
        fixture.Remote.Server.Fault = _ => null;
        made = await RefreshAsync(fixture, desired, made);
        Assert.Null(made.Marker.Omitted);
        Assert.False(made.Marker.Submodules!.MayComeLater);
        await SeeSoundAsync(clone, made.Marker.Commit);
    }

    [Fact]
    public async Task A_submodule_whose_host_is_silent_does_not_keep_the_clone_from_being_made()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var app = await NestedAsync(fixture);
        await app.PinAsync("silent", "../silent.git", Unknown);
        fixture.Remote.Server.Fault = request =>
            request.Path.StartsWithSegments("/silent.git", StringComparison.Ordinal)
                ? new RequestFault { HangBeforeResponse = true }
                : null;

        var made = await fixture.MakeAsync(Want(fixture, change: repo => repo.Spec.Timeout = "20s"));

        Assert.Equal(1, made.Marker.Omitted!.Submodules.Count);
        Assert.StartsWith($"silent ({Reasons.Timeout} at", made.Marker.Omitted.Submodules.First[0], StringComparison.Ordinal);
        Assert.Equal(2, made.Marker.Submodules!.Fetched.Count);
    }

    [Fact]
    public async Task The_Secret_of_a_CodeRepo_is_for_the_origin_of_its_url_alone()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var other = await GitHttpServer.StartAsync(fixture.Remote.Root);
        var (own, others) = (new ConcurrentBag<string>(), new ConcurrentBag<string>());
        fixture.Remote.Server.Login = _ => GitHttpServer.Basic("robot", "right");
        fixture.Remote.Server.Fault = request => Remember(own, request);
        other.Fault = request => Remember(others, request);
        var (app, lib) = (await fixture.Remote.ProjectAsync(), await fixture.Remote.ProjectAsync("lib.git"));
        var commit = await lib.CommitAsync("lib.txt", "one");
        await app.PinAsync("own", "../lib.git", commit);
        await app.PinAsync("other", other.UrlOf("lib.git"), commit);
        var ofNamespace = $"submodules-{Guid.NewGuid():n}";
        await cluster.Admin.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = ofNamespace } },
            cancellationToken: Token
        );
        await cluster.Admin.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = "robot" },
                StringData = new Dictionary<string, string> { ["username"] = "robot", ["password"] = "right" },
            },
            ofNamespace,
            cancellationToken: Token
        );

        void Change(CodeRepo repo) =>
            (repo.Metadata.NamespaceProperty, repo.Spec.Auth) = (ofNamespace, new CodeRepoAuth { Secret = "robot" });
        var made = await fixture.MakeAsync(Want(fixture, change: Change));

        Assert.Null(made.Marker.Omitted);
        Assert.Equal(2, made.Marker.Submodules!.Fetched.Count);
        Assert.Contains(GitHttpServer.Basic("robot", "right"), own);
        Assert.NotEmpty(others);
        Assert.All(others, Assert.Empty);
        foreach (var config in Directory.EnumerateFiles(fixture.Layout.Clone(made.Key), "config", SearchOption.AllDirectories))
        {
            Assert.DoesNotContain("right", await File.ReadAllTextAsync(config, Token), StringComparison.Ordinal);
        }

        // One that wants the very same gets nothing either.
        other.Login = _ => GitHttpServer.Basic("robot", "right");
        var refused = await fixture.EnsureAsync(Want(fixture, "refused", required: true, change: Change), Token);
        Assert.Equal(Reasons.AuthenticationFailed, refused.Failure?.Reason);
        Assert.Contains("spec.auth is for http://127.0.0.1:", refused.Failure!.Message, StringComparison.Ordinal);
        Assert.False(refused.Failure.RefusesCredentials);
        Assert.All(others, Assert.Empty);
    }

    [Fact]
    public async Task What_is_beyond_the_bounds_or_hostile_is_named_and_not_followed()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var app = await NestedAsync(fixture);
        var lib = await fixture.Remote.ProjectAsync("plain.git");
        var commit = await lib.CommitAsync("lib.txt", "one");
        await app.PinAsync("evil/name", "../plain.git", commit, "../../hooks");
        await app.PinAsync("evil/file", $"file://{lib.Bare}", commit);
        await app.PinAsync("evil/local", lib.Bare, commit);
        await app.PinAsync("evil/helper", "ext::touch /tmp/x", commit);
        await app.PinAsync("evil/option", "--upload-pack=touch", commit);
        await app.PinAsync("evil/login", "https://user:hunter2@127.0.0.1/x.git", commit);
        await app.PinAsync("evil/climbs", "../../../x.git", commit);
        await app.PinCommitAsync("evil/unnamed", commit);

        var made = await fixture.MakeAsync(Want(fixture, depth: 1));
        Assert.Equal(["vendor/lib"], made.Marker.Submodules!.Fetched.Select(submodule => submodule.Path));
        Assert.Equal(9, made.Marker.Omitted!.Submodules.Count);
        Assert.DoesNotContain("hunter2", made.Marker.Omitted.ToString(), StringComparison.Ordinal);
        Assert.True(
            made.Marker.Omitted.Submodules.First.All(path => path.StartsWith("evil/", StringComparison.Ordinal)),
            made.Marker.Omitted.Submodules.ToString()
        );
        var clone = fixture.Layout.Clone(made.Key);
        Assert.Equal(["lib"], Directory.GetDirectories(Path.Combine(clone, ".git/modules/vendor")).Select(Path.GetFileName));
        Assert.False(made.Marker.Submodules.MayComeLater);

        var failed = await fixture.EnsureAsync(Want(fixture, required: true), Token);
        Assert.StartsWith("submodule evil/", failed.Failure?.Message, StringComparison.Ordinal);
        Assert.True(failed.Failure!.Terminal);

        // A loop of submodules ends where the spec says.
        var loop = await fixture.Remote.ProjectAsync("loop.git");
        var inner = await loop.CommitAsync("a.txt", "one");
        for (var i = 0; i < 3; i++)
        {
            inner = await loop.PinAsync("again", "./", inner);
        }

        var looped = await fixture.MakeAsync(
            Want(fixture, "loop", change: repo => repo.Spec.GitUrl = fixture.Remote.Server.UrlOf("loop.git"), depth: 2)
        );
        Assert.Equal(["again", "again/again"], looped.Marker.Submodules!.Fetched.Select(submodule => submodule.Path));
        Assert.Equal(["again/again/again (beyond spec.submodules.depth (2))"], looped.Marker.Omitted!.Submodules.First);

        var many = await fixture.Remote.ProjectAsync("many.git");
        foreach (var name in new[] { "a", "b", "c" })
        {
            await many.PinAsync(name, "../plain.git", commit);
        }

        var some = await fixture.MakeAsync(Want(fixture, "many", change: repo =>
            {
                repo.Spec.GitUrl = fixture.Remote.Server.UrlOf("many.git");
                repo.Spec.Submodules!.Max = 2;
            }));
        Assert.Equal(["a", "b"], some.Marker.Submodules!.Fetched.Select(submodule => submodule.Path));
        Assert.Equal(["c (beyond spec.submodules.max (2))"], some.Marker.Omitted!.Submodules.First);
    }

    [Fact]
    public async Task Damage_in_a_submodule_is_found_and_healed_and_the_field_may_come_and_go()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        var app = await NestedAsync(fixture);
        var commit = await app.CommitAsync("a.txt", "one");
        var without = fixture.Want();
        var made = await fixture.MakeAsync(without);
        Assert.Equal(["vendor/lib"], made.Marker.Omitted!.Submodules.First);
        Assert.Null(made.Marker.Submodules);

        var desired = Want(fixture);
        Assert.IsType<CloneDecision.Replace>(fixture.Store.Decide(desired));
        made = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        await SeeSoundAsync(clone, commit);
        Assert.Equal(2, made.Marker.Submodules!.Fetched.Count);

        var damages = new (string What, Action Damage)[]
        {
            ("submodule vendor/lib/in/deep: deep.txt", () => Replace(Path.Combine(clone, "vendor/lib/in/deep/deep.txt"), "other")),
            ("submodule vendor/lib: lib.txt", () => File.Delete(Path.Combine(clone, "vendor/lib/lib.txt"))),
            ("submodule vendor/lib: more.txt", () => File.WriteAllText(Path.Combine(clone, "vendor/lib/more.txt"), "")),
            ("submodule vendor/lib: missing", () => Replace(Path.Combine(clone, "vendor/lib/.git"), "gitdir: /\n")),
        };
        foreach (var (what, damage) in damages)
        {
            damage();
            var found = (await fixture.CheckAsync(made)).Finding;
            Assert.StartsWith(what, found?.Detail, StringComparison.Ordinal);
            Directory.Delete(clone, recursive: true);
            fixture.Store.Forget(made);
            made = await fixture.MakeAsync(desired);
            Assert.Null((await fixture.CheckAsync(made)).Finding);
        }

        Directory.Delete(Path.Combine(clone, "vendor/lib/in"), recursive: true);
        fixture.Store.Forget(made);
        var desiredAgain = desired with { HadClone = true };
        Assert.Equal(new CloneDecision.Reclone(CloneLoss.SubmoduleMissing), fixture.Store.Decide(desiredAgain));
        made = await fixture.MakeAsync(desiredAgain);
        await SeeSoundAsync(clone, commit);

        made = await fixture.MakeAsync(fixture.Want());
        Assert.Equal(["vendor/lib"], made.Marker.Omitted!.Submodules.First);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(clone, "vendor/lib")));
        Assert.False(Directory.Exists(Path.Combine(clone, ".git/modules")));
    }

    [Fact]
    public async Task All_submodules_count_for_the_quota_and_fit_it_together()
    {
        var settings = new StoreOptions { NamespaceShare = 100, Quotas = [new NamespaceQuota { Namespace = "team", Bytes = 3_000_000 }] };
        await using var fixture = await StoreFixture.StartAsync(cluster, settings);
        var app = await fixture.Remote.ProjectAsync();
        var random = new Random(1);
        foreach (var name in new[] { "a", "b", "c" })
        {
            var project = await fixture.Remote.ProjectAsync($"{name}.git");
            var content = new byte[250_000];
            random.NextBytes(content);
            await File.WriteAllBytesAsync(project.Path("data.bin"), content, Token);
            await app.PinAsync(name, $"../{name}.git", await project.PushAsync());
        }

        // Each takes half a megabyte, as pack and as file; an eighth of the quota is less.
        var made = await fixture.MakeAsync(Want(fixture));
        Assert.Null(made.Marker.Omitted);
        Assert.InRange(made.Marker.Size!.Bytes, 1_500_000, 3_000_000);

        var large = await fixture.Remote.ProjectAsync("large.git");
        var many = new byte[2_000_000];
        random.NextBytes(many);
        await File.WriteAllBytesAsync(large.Path("data.bin"), many, Token);
        await app.PinAsync("large", "../large.git", await large.PushAsync());
        var failed = await fixture.RefreshAsync(Want(fixture), made, Token);
        Assert.Equal(Reasons.QuotaExceeded, failed.Failure?.Reason);
        Assert.Empty(Directory.EnumerateFileSystemEntries(fixture.Layout.Staging));
    }

    private static void Replace(string path, string content)
    {
        // Hard links are shared with nothing here, but a file in place might be.
        File.Delete(path);
        File.WriteAllText(path, content);
    }

    private static RequestFault? Remember(ConcurrentBag<string> headers, HttpRequest request)
    {
        headers.Add(request.Headers.Authorization.ToString());
        return null;
    }

    /// <summary>A project with <c>vendor/lib</c>, which has <c>in/deep</c>.</summary>
    private static async Task<GitProject> NestedAsync(StoreFixture fixture)
    {
        var app = await fixture.Remote.ProjectAsync();
        var (lib, deep) = (await fixture.Remote.ProjectAsync("lib.git"), await fixture.Remote.ProjectAsync("deep.git"));
        await deep.CommitAsync("deep.txt", "zero");
        var commit = await deep.CommitAsync("deep.txt", "one");
        await lib.CommitAsync("lib.txt", "one");
        await app.PinAsync("vendor/lib", "../lib.git", await lib.PinAsync("in/deep", "../deep.git", commit, "deep"));
        return app;
    }

    private static DesiredClone Want(
        StoreFixture fixture,
        string name = "hello",
        bool required = false,
        int depth = 4,
        Action<CodeRepo>? change = null
    ) => fixture.Want(name, repo =>
        {
            repo.Spec.Submodules = new CodeRepoSubmodules { Required = required, Depth = depth };
            change?.Invoke(repo);
        });

    private static async Task<PublishedClone> RefreshAsync(StoreFixture fixture, DesiredClone desired, PublishedClone clone)
    {
        var made = await fixture.RefreshAsync(desired, clone, Token);
        Assert.True(made.Failure is null, made.Failure?.Message);
        Assert.IsType<CloneChange.Updated>(made.Change);
        return made.Published!;
    }

    private static async Task<byte[]> ArchiveAsync(StoreFixture fixture, PublishedClone clone, string? path)
    {
        using var output = new MemoryStream();
        using var archive = TreeArchive
            .Open(fixture.Store.Open(clone)!, clone.Marker.Submodules?.Fetched ?? [], ArchivePath.Parse(path)!)
            .Archive!;
        Assert.True(archive.IsFound);
        Assert.Null(await archive.WriteAsync(output, clone.Marker.Commit, clone.Marker.CommittedAt!.Value, Token));
        return output.ToArray();
    }

    private static async Task RunAsync(string program, params string[] arguments) =>
        (await ProcessRunner.RunAsync(program, arguments, new Dictionary<string, string>(), "", Token)).OutputOrThrow();

    private static async Task SeeSoundAsync(string clone, string commit)
    {
        await ClonedTree.SoundAsync(clone, commit);
        await GitCommand.RunAsync(
            clone,
            "submodule",
            "foreach",
            "--quiet",
            "--recursive",
            "git fsck --strict && git diff --exit-code HEAD"
        );
        foreach (var line in (await GitCommand.RunAsync(clone, "submodule", "status", "--recursive")).Split('\n'))
        {
            // A plus, a minus or a U in front: another commit, none, or a conflict.
            Assert.True(line.StartsWith(' '), line);
        }
    }
}
