using CodeRepoOperator.Entities;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>A release whose hooks run: Helm makes them, waits for them, and takes them away again.</summary>
[Trait("Category", "Slow")]
public sealed class ChartHookTests(KubeApiServer cluster, PostgresServer postgres) : IDisposable
{
    private readonly ChartFixture _fixture = new(cluster);

    public static TheoryData<string> Helms => [.. ChartFixture.Helms];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task The_database_is_prepared_the_volume_grows_and_in_the_end_no_CodeRepo_waits_for_an_operator(string program)
    {
        var (home, served, helm) = (
            await cluster.CreateNamespaceAsync(Token),
            await cluster.CreateNamespaceAsync(Token),
            _fixture.Helm(program)
        );
        var (hooks, volume) = (new HookPlayer(cluster, _fixture, home), new VolumeFixture(cluster, home));
        await using var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        hooks.Files["Indexing__ConnectionFile"] = Path.Combine(_fixture.Directory, "connection");
        await File.WriteAllTextAsync(hooks.Files["Indexing__ConnectionFile"], database.ConnectionString, Token);
        string[] Upgrade(string size) =>
            [
                "upgrade",
                "--install",
                VolumeFixture.Release,
                ChartFixture.Chart,
                "--namespace",
                home,
                "--set",
                $"crd.install=false,rbac.userRoles=false,watchNamespaces={{{served}}},database.existingSecret=database,"
                    + $"migration.enabled=true,persistence.size={size}",
            ];

        var installing = helm.RunAsync(Upgrade("20Gi"), Token);
        var migrating = hooks.PlayAsync("coderepo-operator-migrate");

        // What Helm says comes first: a Job that it never makes would be waited for in vain.
        await await Task.WhenAny(migrating, installing);
        await migrating;
        await installing;
        Assert.Equal(
            1,
            await database.ReadAsync<long>(
                "SELECT count(*) FROM information_schema.columns WHERE table_name = 'repositories' AND column_name = 'indexing_token'",
                Token
            )
        );

        await volume.CreateClaimAsync("20Gi", growing: true);
        await CreateAsync(served, "kept");
        await CreateAsync(served, "deleted");
        await cluster.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            served,
            CodeRepo.Plural,
            "deleted",
            cancellationToken: Token
        );

        var upgrading = helm.RunAsync(Upgrade("40Gi"), Token);
        await Task.WhenAll(hooks.PlayAsync("coderepo-operator-resize"), volume.CollectGarbageAsync());
        await hooks.PlayAsync("coderepo-operator-migrate");
        await upgrading;
        Assert.Equal(("40Gi", "40Gi"), (await volume.TemplateSizeAsync(), await volume.ClaimSizeAsync()));
        Assert.Empty(await HookObjectsAsync(home, served));

        var rollingBack = helm.RunAsync(["rollback", VolumeFixture.Release, "1", "--namespace", home], Token);
        await Task.WhenAll(hooks.PlayAsync("coderepo-operator-resize-rollback"), volume.CollectGarbageAsync());
        await rollingBack;
        Assert.Equal(("20Gi", "40Gi"), (await volume.TemplateSizeAsync(), await volume.ClaimSizeAsync()));

        var uninstalling = helm.RunAsync(["uninstall", VolumeFixture.Release, "--namespace", home], Token);
        var reported = await hooks.PlayAsync("coderepo-operator-release");
        await uninstalling;
        Assert.Contains("CodeRepos released: 2", reported, StringComparison.Ordinal);
        Assert.Empty(await HookObjectsAsync(home, served));
        Assert.Null(await volume.SetAsync());
        Assert.Equal("40Gi", await volume.ClaimSizeAsync());
        var left = (
            await cluster.Admin.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<CodeRepo>>(
                CodeRepo.Group,
                CodeRepo.Version,
                served,
                CodeRepo.Plural,
                cancellationToken: Token
            )
        ).Items;
        Assert.Equal(
            "kept: ",
            string.Join(' ', left.Select(repo => $"{repo.Metadata.Name}: {string.Join(' ', repo.Metadata.Finalizers ?? [])}"))
        );
    }

    private Task<object> CreateAsync(string ofNamespace, string name) =>
        cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync(
            new CodeRepo
            {
                Metadata = new V1ObjectMeta
                {
                    Name = name,
                    NamespaceProperty = ofNamespace,
                    Finalizers = [CodeRepo.CloneFinalizer],
                },
                Spec = new CodeRepoSpec { GitUrl = "https://git.example.com/team/hello.git" },
            },
            CodeRepo.Group,
            CodeRepo.Version,
            ofNamespace,
            CodeRepo.Plural,
            cancellationToken: Token
        );

    /// <summary>What hooks have left: Jobs, and the accounts and rights that are for them alone.</summary>
    private async Task<string> HookObjectsAsync(params string[] namespaces)
    {
        var found = await Task.WhenAll(
            namespaces.Select(ofNamespace =>
                cluster.Kubectl.RunAsync(
                    [
                        "get",
                        "jobs,serviceaccounts,roles,rolebindings",
                        "--namespace",
                        ofNamespace,
                        "--output=jsonpath={range .items[?(@.metadata.annotations.helm\\.sh/hook)]}{.kind} {.metadata.name}{'\\n'}{end}",
                    ],
                    Token
                )
            )
        );
        return string.Concat(found);
    }
}
