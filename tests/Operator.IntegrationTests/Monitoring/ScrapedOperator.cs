using CodeRepoOperator.Entities;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Monitoring;

/// <summary>A running operator to which something of each kind has happened, and a Prometheus that scraped it all the while.</summary>
public sealed class ScrapedOperator(KubeApiServer cluster, PostgresServer server) : IAsyncLifetime
{
    private readonly TemporaryDirectory _directory = new();
    private CloneFixture? _fixture;
    private IndexingFixture? _database;
    private PrometheusProcess? _prometheus;

    internal PrometheusProcess Prometheus => _prometheus!;

    internal CloneFixture Fixture => _fixture!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _database = await IndexingFixture.CreateAsync(server);
        _fixture = await CloneFixture.StartAsync(cluster);
        await _database.Database.MigrateAsync(Token, Declaring(_fixture));
        await GrantAsync(_fixture);
        var running = await _fixture.StartReadyOperatorAsync([
            OperatorProcess.UsualLease,
            .. Declaring(_fixture),
            ("Indexing__PodNamespaces__0", _fixture.Namespace),
            ("Indexing__ConnectionFile", _database.ConnectionFile),
            ("Indexing__SweepInterval", "00:00:01"),
            ("Indexing__MaxResets", "0"),
            ("Store__DeepVerifyInterval", "00:00:05"),
            ("Git__HostBudgets__0__Host", "git.example.com"),
            ("Git__HostBudgets__0__RequestsPerHour", "1000"),
        ]);
        await new ScrapeConfiguration(_directory.Path).WriteAsync(running.Port, Token);
        _prometheus = await PrometheusProcess.StartAsync(_directory.Path, Token);
        try
        {
            await ActAsync(running, _fixture, _database);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"{late.Message}\nThe operator's log:\n{running.Log}", late);
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await (_prometheus?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_fixture?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_database?.DisposeAsync() ?? ValueTask.CompletedTask);
        _directory.Dispose();
    }

    private async Task ActAsync(OperatorProcess running, CloneFixture fixture, IndexingFixture database)
    {
        // A counter is seen to rise only from a scrape before it does.
        await SeeAsync("coderepo_store_lease_held == 1");
        await database.AddStuckAsync();
        await SeeAsync("increase(coderepo_indexing_rows_exhausted_total[1m]) > 0");
        await CloneAsync(fixture);
        await fixture.CreateAsync(repo => (repo.Metadata.Name, repo.Spec.GitUrl) = ("wrong", fixture.Server.UrlOf("absent.git")));
        await SeeAsync($"coderepo_repos_failing{{reason=\"{Reasons.RepositoryNotFound}\"}} == 1");
        await SeeAsync("ALERTS{alertname=\"CodeRepoCloneFailing\", alertstate=\"firing\"}");
        await SeeAsync("increase(coderepo_deep_checks_total{result=\"Whole\"}[1m]) > 0");
        await DeclareAsync(fixture, database);
        await AskAsync(running);
    }

    private async Task CloneAsync(CloneFixture fixture)
    {
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await SeeAsync("increase(coderepo_repos_cloned_total[1m]) > 0");
        var commit = await fixture.Project.CommitAsync("README.md", "# hello again\n");
        await fixture.RequestAsync("now");
        await fixture.SeeAsync("the update", repo => repo.Status?.Commit == commit);
        await SeeAsync("increase(coderepo_repos_updated_total[1m]) > 0");
        fixture.LoseClone();
        await SeeAsync("increase(coderepo_repos_recloned_total{reason=\"FolderMissing\"}[1m]) > 0");
    }

    private static (string Name, string Value)[] Declaring(CloneFixture fixture) =>
        [("Indexing__Declare__Enabled", "true"), ("Indexing__Declare__Namespace", fixture.Namespace)];

    /// <summary>Lets the operator read the pods, and write the CodeRepos, of its namespace.</summary>
    private async Task GrantAsync(CloneFixture fixture)
    {
        await cluster.Admin.RbacAuthorizationV1.CreateNamespacedRoleAsync(
            new V1Role
            {
                Metadata = new V1ObjectMeta { Name = "scraped" },
                Rules =
                [
                    new V1PolicyRule
                    {
                        ApiGroups = [""],
                        Resources = ["pods"],
                        Verbs = ["get", "list", "watch"],
                    },
                    new V1PolicyRule
                    {
                        ApiGroups = [CodeRepo.Group],
                        Resources = [CodeRepo.Plural],
                        Verbs = ["create", "patch", "delete"],
                    },
                ],
            },
            fixture.Namespace,
            cancellationToken: Token
        );
        await cluster.Admin.RbacAuthorizationV1.CreateNamespacedRoleBindingAsync(
            new V1RoleBinding
            {
                Metadata = new V1ObjectMeta { Name = "scraped" },
                RoleRef = new V1RoleRef
                {
                    ApiGroup = V1Role.KubeGroup,
                    Kind = V1Role.KubeKind,
                    Name = "scraped",
                },
                Subjects =
                [
                    new Rbacv1Subject
                    {
                        Kind = V1ServiceAccount.KubeKind,
                        Name = fixture.Account.Name,
                        NamespaceProperty = fixture.Account.Namespace,
                    },
                ],
            },
            fixture.Namespace,
            cancellationToken: Token
        );
    }

    /// <summary>A row that declares a CodeRepo, which is gone again at the end: others count CodeRepos.</summary>
    private async Task DeclareAsync(CloneFixture fixture, IndexingFixture database)
    {
        await database.Database.RunAsync(
            "INSERT INTO repositories (name, git_url, branch) VALUES ('declared', $1, 'other')",
            Token,
            fixture.Server.UrlOf("hello.git")
        );
        await SeeAsync("increase(coderepo_indexing_declared_repos_total{result=\"created\"}[1m]) > 0");
        await SeeAsync("coderepo_indexing_declaring_rows{state=\"declared\"} == 1");
        await database.Database.RunAsync("DELETE FROM repositories WHERE name = 'declared'", Token);
        await SeeAsync("increase(coderepo_indexing_declared_repos_total{result=\"pruned\"}[1m]) > 0");
        await SeeAsync("sum(coderepo_repos) == 2");
        await SeeAsync("coderepo_indexing_pods_known == 1");
    }

    /// <summary>Asks the API without a token.</summary>
    private async Task AskAsync(OperatorProcess running)
    {
        using var http = new HttpClient();
        using var response = await http.PostAsync(
            new Uri($"http://127.0.0.1:{running.ApiPort}/v1/namespaces/default/coderepos/hello/ensure"),
            content: null,
            Token
        );
        await SeeAsync("increase(coderepo_ensure_requests_total{result=\"unauthenticated\"}[1m]) > 0");
    }

    private Task<IReadOnlyList<PrometheusSample>> SeeAsync(string expression) => Prometheus.SeeAsync(expression, Token);
}
