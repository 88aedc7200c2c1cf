using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Importing;
using CodeRepoOperator.Indexing.Tables;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Indexing;

/// <summary><c>coderepo-operator import</c> as users run it.</summary>
[Trait("Category", "Slow")]
public sealed class ImportCommandTests(KubeApiServer cluster, PostgresServer postgres) : IDisposable
{
    private const string Secret = "s3cr3t";

    private const string Rows = $"""
        INSERT INTO repositories (id, name, git_url, branch) VALUES
          ('00000000-0000-0000-0000-000000000001', 'Team/Hello', 'https://git.example.com/team/hello.git', 'main'),
          ('00000000-0000-0000-0000-000000000002', 'again', 'HTTPS://GIT.example.com:443/team/hello/', 'main'),
          ('00000000-0000-0000-0000-000000000003', 'Team Hello', 'https://git.example.com/team/hello.git', 'dev'),
          ('00000000-0000-0000-0000-000000000004', NULL, 'https://git.example.com/other.git', NULL),
          ('00000000-0000-0000-0000-000000000005', 'token', 'https://user:{Secret}@git.example.com/team/hello.git', 'main'),
          ('00000000-0000-0000-0000-000000000006', 'file', 'file:///srv/{Secret}.git', 'main'),
          ('00000000-0000-0000-0000-000000000007', 'none', NULL, 'main'),
          ('00000000-0000-0000-0000-000000000008', 'there', 'https://git.example.com/there', '');
        """;

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Rows_become_CodeRepos_once_and_what_can_t_is_listed()
    {
        await using var database = await CreateAsync(Rows);
        var place = await cluster.CreateNamespaceAsync(Token);
        await ApplyAsync(place, "any-name", "https://git.example.com/there.git");

        var first = await ImportAsync(database, place);
        var second = await ImportAsync(database, place);

        Assert.Equal((0, 0), (first.ExitCode, second.ExitCode));
        Assert.Equal("8 rows: 3 CodeRepos created, 1 were there already, 1 merged with another row, 3 skipped.", Last(first));
        Assert.Equal("8 rows: 0 CodeRepos created, 5 were there already, 0 merged with another row, 3 skipped.", Last(second));
        var repos = await ListAsync(place);
        Assert.Equal(
            ["any-name", "other", "team-hello", "team-hello-" + repos[^1].Metadata.Name[^8..]],
            repos.Select(repo => repo.Metadata.Name)
        );
        Assert.Equal(
            [
                ("https://git.example.com/other.git", null),
                ("https://git.example.com/team/hello.git", "main"),
                ("https://git.example.com/team/hello.git", "dev"),
            ],
            repos.Skip(1).Select(repo => (repo.Spec.GitUrl, repo.Spec.Branch))
        );
        Assert.Contains(
            "skipped row '00000000-0000-0000-0000-000000000005': The git URL holds a password",
            first.Output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(Secret, first.Output + first.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_makes_nothing_and_prints_what_kubectl_takes()
    {
        await using var database = await CreateAsync(Rows);
        var place = await cluster.CreateNamespaceAsync(Token);

        var dry = await ImportAsync(database, place, "--dry-run");

        Assert.Equal(0, dry.ExitCode);
        Assert.Empty(await ListAsync(place));
        (await cluster.Kubectl.TryAsync(["apply", "-f", "-"], dry.Output, Token)).OutputOrThrow();
        Assert.Equal("# 8 rows: 4 CodeRepos would be created, 0 were there already, 1 merged with another row, 3 skipped.", Last(dry));
        Assert.EndsWith(
            ": 0 CodeRepos created, 5 were there already, 0 merged with another row, 3 skipped.",
            Last(await ImportAsync(database, place)),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Two_imports_at_once_make_each_CodeRepo_once()
    {
        await using var database = await CreateAsync(
            "INSERT INTO repositories (name, git_url) SELECT 'same', 'https://git.example.com/repo-' || i FROM generate_series(1, 40) i"
        );
        var place = await cluster.CreateNamespaceAsync(Token);

        var outcomes = await Task.WhenAll(ImportAsync(database, place), ImportAsync(database, place));

        Assert.All(outcomes, outcome => Assert.Equal(0, outcome.ExitCode));
        var repos = await ListAsync(place);
        Assert.Equal(40, repos.DistinctBy(repo => repo.Spec.GitUrl).Count());
        Assert.Equal(40, repos.Count);
    }

    [Fact]
    public async Task A_table_is_read_in_pages_in_whatever_order_its_keys_have()
    {
        await using var database = await CreateAsync(
            "INSERT INTO repositories (git_url) SELECT 'https://git.example.com/repo-' || i FROM generate_series(1, 2500) i"
        );
        await using var connections = new Tables.IndexingDatabase(
            Microsoft.Extensions.Options.Options.Create(new IndexingOptions { ConnectionFile = FileOf(database) })
        );

        var keys = new List<string>();
        await foreach (
            var row in new RowReader(connections, new IndexingOptions()) { PageSize = 100 }.ReadAsync(new IndexingTarget(), Token)
        )
        {
            keys.Add(row.Key);
        }

        Assert.Equal((2500, 2500), (keys.Count, keys.Distinct(StringComparer.Ordinal).Count()));
        Assert.Equal(keys.Order(StringComparer.Ordinal), keys);
    }

    [Fact]
    public async Task What_is_set_up_wrong_is_reported_before_anything_is_made()
    {
        await using var database = await CreateAsync("SELECT 1");
        var place = await cluster.CreateNamespaceAsync(Token);

        await RefusedAsync(database, place, "lacks git_url and branch", "--Indexing:Targets:0:Table=indexing_jobs");
        await RefusedAsync(database, place, "There is no table public.absent", "--Indexing:Targets:0:Table=absent");
        await RefusedAsync(database, place, "--target is one of repositories", "--target", "other");
        await RefusedAsync(database, place, "Indexing:BatchSize is '0'", "--Indexing:BatchSize=0");
    }

    [Fact]
    public async Task Rows_that_row_level_security_hides_are_not_passed_over_in_silence()
    {
        await using var database = await CreateAsync(Rows);
        var place = await cluster.CreateNamespaceAsync(Token);
        var role = $"importer_{database.Name}";
        await database.RunAsync(
            $"""
            CREATE ROLE "{role}" LOGIN PASSWORD 'secret'; GRANT SELECT ON repositories TO "{role}";
            ALTER TABLE repositories ENABLE ROW LEVEL SECURITY;
            """,
            Token
        );
        var text = $"Host=127.0.0.1;Port={database.Port};Username={role};Password=secret;Database={database.Name}";

        var hidden = await ImportAsAsync(database, place, text);
        await database.RunAsync("CREATE POLICY a ON repositories USING (branch = 'dev')", Token);
        var partly = await ImportAsAsync(database, place, text);
        await database.RunAsync("CREATE POLICY b ON repositories FOR SELECT USING (true)", Token);
        var shown = await ImportAsAsync(database, place, text);

        Assert.Equal((2, 0, 0), (hidden.ExitCode, partly.ExitCode, shown.ExitCode));
        Assert.Contains(
            $"Row level security of public.repositories hides all rows from the role {role}.",
            hidden.Error,
            StringComparison.Ordinal
        );
        Assert.StartsWith(
            $"# Row level security of public.repositories may hide rows from the role {role}",
            partly.Output,
            StringComparison.Ordinal
        );
        Assert.StartsWith("# 1 rows: ", Last(partly), StringComparison.Ordinal);
        Assert.StartsWith("# 8 rows: ", Last(shown), StringComparison.Ordinal);
        Assert.DoesNotContain("Row level security", shown.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_cluster_it_says_so()
    {
        await using var database = await CreateAsync("SELECT 1");
        var home = _directory.New("home");
        var none = await RunAsync(new() { ["HOME"] = home, ["KUBECONFIG"] = "" }, database, []);
        var absent = await RunAsync(new() { ["HOME"] = home, ["KUBECONFIG"] = "/absent" }, database, []);

        Assert.Equal((2, 2), (none.ExitCode, absent.ExitCode));
        Assert.Contains("No cluster is configured, and CodeRepos live in one: set KUBECONFIG", none.Error, StringComparison.Ordinal);
        Assert.Contains("There is no way to the API server", absent.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at CodeRepoOperator", none.Error + absent.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_namespace_that_is_not_there_is_a_failure_without_a_stack_trace()
    {
        await using var database = await CreateAsync(Rows);

        var failed = await ImportAsync(database, "absent");

        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("Not finished: the API server: 404 namespaces \"absent\" not found", failed.Error, StringComparison.Ordinal);
        Assert.DoesNotContain(" at CodeRepoOperator", failed.Error + failed.Output, StringComparison.Ordinal);
    }

    private static string Last(ProcessOutcome outcome) => outcome.OutputOrThrow().TrimEnd().Split('\n')[^1];

    private async Task RefusedAsync(PostgresDatabase database, string place, string why, params string[] arguments)
    {
        var outcome = await ImportAsync(database, place, arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains(why, outcome.Error, StringComparison.Ordinal);
    }

    private async Task<PostgresDatabase> CreateAsync(string rows)
    {
        var database = await postgres.CreateDatabaseAsync(Token);
        await database.RunAsync(PostgresDatabase.OriginalSchema, Token);
        await database.RunAsync(rows, Token);
        return database;
    }

    private string FileOf(PostgresDatabase database, string? connection = null)
    {
        var file = Path.Combine(_directory.Path, connection is null ? database.Name : $"{database.Name}-as");
        File.WriteAllText(file, connection ?? database.ConnectionString);
        return file;
    }

    private Task<ProcessOutcome> ImportAsync(PostgresDatabase database, string place, params string[] arguments) =>
        RunAsync(new() { ["KUBECONFIG"] = cluster.AdminKubeconfig }, database, ["--namespace", place, .. arguments]);

    private Task<ProcessOutcome> ImportAsAsync(PostgresDatabase database, string place, string connection) =>
        RunAsync(
            new() { ["KUBECONFIG"] = cluster.AdminKubeconfig },
            database,
            ["--namespace", place, "--dry-run", $"--Indexing:ConnectionFile={FileOf(database, connection)}"]
        );

    private Task<ProcessOutcome> RunAsync(Dictionary<string, string> environment, PostgresDatabase database, string[] arguments)
    {
        environment["Indexing__ConnectionFile"] = FileOf(database);
        return ProcessRunner.RunAsync(
            Path.Combine(AppContext.BaseDirectory, "coderepo-operator"),
            ["import", .. arguments],
            environment,
            input: "",
            Token
        );
    }

    private async Task<IReadOnlyList<CodeRepo>> ListAsync(string place) =>
        [
            .. (
                await cluster.Admin.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<CodeRepo>>(
                    CodeRepo.Group,
                    CodeRepo.Version,
                    place,
                    CodeRepo.Plural,
                    cancellationToken: Token
                )
            ).Items.OrderBy(repo => repo.Metadata.Name, StringComparer.Ordinal),
        ];

    private async Task ApplyAsync(string place, string name, string url) =>
        (
            await cluster.Kubectl.TryAsync(
                ["apply", "-f", "-"],
                $"{{\"apiVersion\": \"coderepo.dev/v1alpha1\", \"kind\": \"CodeRepo\", \"metadata\": {{\"name\": \"{name}\", "
                    + $"\"namespace\": \"{place}\"}}, \"spec\": {{\"git_url\": \"{url}\"}}}}",
                Token
            )
        ).OutputOrThrow();
}
