using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Inspecting;
using CodeRepoOperator.Cloning.Submodules;
using CodeRepoOperator.Entities;
using GitServer;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Lfs;

/// <summary>What <c>spec.lfs</c> asks for, through all that makes and checks clones.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed class LfsTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_missing_is_named_and_comes_later_and_fails_the_update_where_it_is_required()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var server = await LfsTestServer.StartAsync(fixture.Remote.Root, Token);
        var project = await ProjectAsync(fixture, server);
        await project.CommitAsync("a.txt", "one");
        var secret = await SecretAsync();
        var desired = Want(fixture, server, secret, required: true);
        var whole = await fixture.MakeAsync(desired);
        Assert.Null(whole.Marker.Omitted);
        Assert.Equal(0, fixture.ContentOf(whole)!.Lfs!.Files);

        // The server is there, and does not have it yet.
        var commit = await project.CommitAsync("models/a.bin", "content");
        var failed = await fixture.RefreshAsync(desired, whole, Token);
        Assert.Equal(Reasons.TransferFailed, failed.Failure?.Reason);
        Assert.StartsWith("Git LFS: models/a.bin: ", failed.Failure!.Message, StringComparison.Ordinal);
        Assert.True(failed.Failure.SaysNothingOfHost);

        desired = Want(fixture, server, secret);
        var made = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        Assert.Equal(commit, made.Marker.Commit);
        Assert.Equal(["models/a.bin (TransferFailed)"], made.Marker.Omitted!.LfsFiles.First);
        Assert.True(made.Marker.MayBeCompleted);
        Assert.StartsWith(
            "version https://git-lfs",
            await File.ReadAllTextAsync(Path.Combine(clone, "models/a.bin"), Token),
            StringComparison.Ordinal
        );

        // Another try in vain changes nothing that readers see.
        var again = await fixture.RefreshAsync(desired, made, Token);
        Assert.Equal((made, new CloneChange.None()), (again.Published, again.Change));

        await project.PushFilesAsync(server);
        var later = (await fixture.RefreshAsync(desired, made, Token)).Published!;
        Assert.Null(later.Marker.Omitted);
        Assert.Equal((1, 7L, false), (later.Marker.Lfs!.Files, later.Marker.Lfs.Bytes, later.Marker.MayBeCompleted));
        Assert.Equal((1, 7L), (fixture.ContentOf(later)!.Lfs!.Files, fixture.ContentOf(later)!.Lfs!.Bytes));
        Assert.NotEqual(made.TreeName, later.TreeName);
        Assert.Equal("content", await File.ReadAllTextAsync(Path.Combine(clone, "models/a.bin"), Token));
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));
    }

    [Fact]
    public async Task An_update_keeps_files_that_did_not_change_and_the_field_may_come_and_go()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var server = await LfsTestServer.StartAsync(fixture.Remote.Root, Token);
        var project = await ProjectAsync(fixture, server);
        await project.CommitAsync("a.bin", new string('a', 100_000));
        await project.PushFilesAsync(server);
        var secret = await SecretAsync();
        var plain = await fixture.MakeAsync(Want(fixture, server, secret, change: repo => repo.Spec.Lfs = null));
        Assert.Equal(["a.bin"], plain.Marker.Omitted!.LfsFiles.First);
        Assert.Null(fixture.ContentOf(plain));

        var desired = Want(fixture, server, secret);
        Assert.IsType<CloneDecision.Replace>(fixture.Store.Decide(desired));
        var first = await fixture.MakeAsync(desired);
        var clone = fixture.Layout.Clone(desired.Key);
        Assert.Equal(100_000, new FileInfo(Path.Combine(clone, "a.bin")).Length);
        Assert.True(first.Marker.Size!.Bytes > 100_000);

        var commit = await project.CommitAsync("b.txt", "new");
        var second = (await fixture.RefreshAsync(desired, first, Token)).Published!;
        Assert.Equal(commit, second.Marker.Commit);
        Assert.Null(second.Marker.Omitted);
        Assert.Equal(first.Marker.Lfs, second.Marker.Lfs);
        Assert.True(second.Marker.Size!.SharedBytes >= 100_000);
        Assert.Equal("", await GitCommand.RunAsync(clone, "status", "--porcelain"));

        var without = await fixture.MakeAsync(Want(fixture, server, secret, change: repo => repo.Spec.Lfs = null));
        Assert.Equal(["a.bin"], without.Marker.Omitted!.LfsFiles.First);
        Assert.True(new FileInfo(Path.Combine(clone, "a.bin")).Length < 1000);
        Assert.Null((await fixture.CheckAsync(without)).Finding);
    }

    [Fact]
    public async Task Damage_of_a_file_is_found()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var server = await LfsTestServer.StartAsync(fixture.Remote.Root, Token);
        var project = await ProjectAsync(fixture, server);
        await project.CommitAsync("in/a.bin", "content");
        await project.PushFilesAsync(server);
        var desired = Want(fixture, server, await SecretAsync());
        var made = await fixture.MakeAsync(desired);
        Assert.Null((await fixture.CheckAsync(made)).Finding);
        var file = Path.Combine(fixture.Layout.Clone(desired.Key), "in/a.bin");
        var pointer = await project.GitAsync("cat-file", "blob", "HEAD:in/a.bin") + "\n";

        foreach (var damage in new[] { "CONTENT", "conten", pointer })
        {
            File.Delete(file);
            await File.WriteAllTextAsync(file, damage, Token);
            Assert.Equal("in/a.bin: changed", (await fixture.CheckAsync(made)).Finding?.Detail);
        }
    }

    [Fact]
    public async Task Submodules_have_their_files_too_and_a_server_elsewhere_gets_no_Secret()
    {
        await using var fixture = await StoreFixture.StartAsync(cluster);
        await using var server = await LfsTestServer.StartAsync(fixture.Remote.Root, Token);
        await using var other = await GitHttpServer.StartAsync(fixture.Remote.Root);
        var seen = new System.Collections.Concurrent.ConcurrentBag<string>();
        other.Fault = request =>
        {
            seen.Add(request.Headers.Authorization.ToString());
            return new RequestFault { Status = 401 };
        };
        var lib = await fixture.Remote.ProjectAsync("lib.git");
        await lib.TrackAsync(server, "*.bin");
        await File.WriteAllTextAsync(lib.Path(".lfsconfig"), $"[lfs]\n\turl = {server.UrlOf("lib.git/info/lfs")}\n", Token);
        var pinned = await lib.CommitAsync("l.bin", "library");
        await lib.PushFilesAsync(server, "lib.git");
        var project = await fixture.Remote.ProjectAsync();
        await project.TrackAsync(server, "*.bin");
        await File.WriteAllTextAsync(project.Path(".lfsconfig"), $"[lfs]\n\turl = {other.UrlOf("lfs")}\n", Token);
        await File.WriteAllTextAsync(project.Path("a.bin"), "content", Token);
        await project.PinAsync("vendor/lib", "../lib.git", pinned);
        fixture.Remote.Server.Login = _ => GitHttpServer.Basic("user", "pass");
        var secret = await SecretAsync();

        var desired = Want(fixture, server, secret, change: repo =>
        {
            repo.Spec.GitUrl = fixture.Remote.Server.UrlOf("project.git");
            repo.Spec.Submodules = new CodeRepoSubmodules();
        });
        var made = await fixture.MakeAsync(desired);

        Assert.All(seen, Assert.Empty);
        Assert.NotEmpty(seen);
        Assert.Equal(["a.bin (AuthenticationFailed)", "vendor/lib/l.bin (AuthenticationFailed)"], made.Marker.Omitted!.LfsFiles.First);

        // The server of the repository itself gets the Secret.
        await File.WriteAllTextAsync(project.Path(".lfsconfig"), $"[lfs]\n\turl = {server.UrlOf("project.git/info/lfs")}\n", Token);
        await project.PushFilesAsync(server);
        await project.PushAsync();
        desired = Want(fixture, server, secret, change: repo => repo.Spec.Submodules = new CodeRepoSubmodules());
        made = await fixture.MakeAsync(desired);
        Assert.Null(made.Marker.Omitted);
        Assert.Equal("library", await File.ReadAllTextAsync(Path.Combine(fixture.Layout.Clone(made.Key), "vendor/lib/l.bin"), Token));
        Assert.Null((await fixture.CheckAsync(made)).Finding);
    }

    private static async Task<GitProject> ProjectAsync(StoreFixture fixture, LfsTestServer server)
    {
        var project = await fixture.Remote.ProjectAsync();
        await project.TrackAsync(server, "*.bin");
        return project;
    }

    /// <summary>Makes a namespace with a Secret that has the login of the server.</summary>
    private async Task<string> SecretAsync()
    {
        var name = $"lfs-{Guid.NewGuid():n}";
        await cluster.Admin.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = name } },
            cancellationToken: Token
        );
        await cluster.Admin.CoreV1.CreateNamespacedSecretAsync(
            new V1Secret
            {
                Metadata = new V1ObjectMeta { Name = "login" },
                StringData = new Dictionary<string, string> { ["username"] = "user", ["password"] = "pass" },
            },
            name,
            cancellationToken: Token
        );
        return name;
    }

    private static DesiredClone Want(
        StoreFixture fixture,
        LfsTestServer server,
        string ofNamespace,
        bool required = false,
        Action<CodeRepo>? change = null
    ) =>
        fixture.Want(change: repo =>
        {
            repo.Metadata.NamespaceProperty = ofNamespace;
            repo.Spec.GitUrl = server.UrlOf("project.git");
            repo.Spec.Auth = new CodeRepoAuth { Secret = "login" };
            repo.Spec.Lfs = new CodeRepoLfs { Required = required };
            change?.Invoke(repo);
        });
}
