using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>CodeRepos are as rows declare them, and those of people are as people made them.</summary>
[Trait("Category", "Slow")]
public sealed class DeclarationTests(KubeApiServer cluster, PostgresServer postgres)
{
    private const string Hello = "https://git.example.com/team/hello.git";
    private const string World = "https://git.example.com/team/world.git";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Uid(CodeRepo repo) => repo.Metadata.Uid;

    [Fact]
    public async Task A_row_becomes_a_CodeRepo_changes_it_and_takes_it_along()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        var key = await fixture.AddAsync(Hello);

        var made = (await fixture.SeeAsync("hello"))["hello"];

        Assert.Equal((Hello, "main"), (made.Spec.GitUrl, made.Spec.Branch));
        Assert.Equal("rows", made.Metadata.Labels[CodeRepo.DeclaredByLabel]);
        Assert.Equal(key, made.Metadata.Annotations[CodeRepo.DeclaredRowAnnotation]);
        Assert.Equal(("coderepo.dev/operator-declare", "Apply"), Managers(made).Single(manager => manager.Name.Contains("declare")));

        await fixture.RunAsync("UPDATE repositories SET git_url = $1, branch = NULL", World);
        var changed = await fixture.SeeAsync("the other repository", repos => repos["hello"].Spec.GitUrl == World);
        Assert.Equal((Uid(made), null), (Uid(changed["hello"]), changed["hello"].Spec.Branch));

        await fixture.RunAsync("DELETE FROM repositories");
        await fixture.SeeAsync();
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task What_changed_while_nobody_looked_is_found_by_the_poll()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, name =>
            DeclaringFixture.Polling(name, TimeSpan.FromSeconds(1))
        );
        await fixture.RunAsync("SET session_replication_role = replica; INSERT INTO repositories (git_url) VALUES ('" + Hello + "')");
        await fixture.SeeAsync("hello");

        await fixture.RunAsync("SET session_replication_role = replica; DELETE FROM repositories");
        await fixture.SeeAsync();
    }

    [Fact]
    public async Task A_CodeRepo_whose_row_is_gone_is_left_to_people_where_that_is_asked_for()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, name =>
            DeclaringFixture.Polling(name, TimeSpan.FromHours(1), PrunePolicy.Orphan)
        );
        await fixture.AddAsync(Hello);
        var made = (await fixture.SeeAsync("hello"))["hello"];

        await fixture.RunAsync("DELETE FROM repositories");

        var left = await fixture.SeeAsync("nobody's CodeRepo", repos => repos["hello"].Metadata.Labels is not { Count: > 0 });
        Assert.Equal((Uid(made), Hello), (Uid(left["hello"]), left["hello"].Spec.GitUrl));
        Assert.DoesNotContain(CodeRepo.DeclaredRowAnnotation, left["hello"].Metadata.Annotations?.Keys ?? []);

        // It is one of people now: a row of the same repository needs no other.
        await fixture.AddAsync(Hello);
        await fixture.AddAsync(World);
        await fixture.SeeAsync("hello", "world");
    }

    [Fact]
    public async Task CodeRepos_of_people_are_not_touched()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        var same = await fixture.Rows.AddUnclonedAsync("by-hand", repo => repo.Spec.GitUrl = Hello);
        var other = await fixture.Rows.AddUnclonedAsync("world", repo => repo.Spec.GitUrl = "https://git.example.com/else/where.git");

        await fixture.AddAsync(Hello);
        await fixture.AddAsync(World);

        var repos = await fixture.SeeAsync("three CodeRepos", repos => repos.Count == 3);
        var made = Assert.Single(repos.Values, repo => repo.Metadata.Name is not ("by-hand" or "world"));
        Assert.StartsWith("world-", made.Metadata.Name, StringComparison.Ordinal);

        await fixture.RunAsync("DELETE FROM repositories");
        repos = await fixture.SeeAsync("by-hand", "world");
        Assert.Equal(same.Metadata.ResourceVersion, repos["by-hand"].Metadata.ResourceVersion);
        Assert.Equal(other.Metadata.ResourceVersion, repos["world"].Metadata.ResourceVersion);
    }

    [Theory]
    [InlineData(Hello)]
    [InlineData(World)]
    public async Task One_that_somebody_makes_in_the_same_moment_is_theirs(string url)
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, start: false);
        var theirs = await fixture.Rows.AddUnclonedAsync("hello", repo => (repo.Spec.GitUrl, repo.Spec.Branch) = (url, "main"));
        var row = DeclaredRow.Of(new IndexingRow("1", Hello, "main"), fixture.Rows.Options.Declare).Value!;

        Assert.Null(await fixture.Writer.CreateAsync(row, "hello", Token));

        var repo = (await fixture.ReposAsync(Token))["hello"];
        Assert.Equal((Uid(theirs), url, "main"), (Uid(repo), repo.Spec.GitUrl, repo.Spec.Branch));
        Assert.Empty(repo.Metadata.Labels ?? new Dictionary<string, string>());
        Assert.Empty(repo.Metadata.Annotations ?? new Dictionary<string, string>());
        Assert.DoesNotContain(Managers(repo), manager => manager.Name.Contains("declare"));
    }

    [Fact]
    public async Task One_that_was_made_here_and_is_not_seen_yet_is_not_taken_for_somebody_else_s()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, start: false);
        var row = DeclaredRow.Of(new IndexingRow("1", Hello, "main"), fixture.Rows.Options.Declare).Value!;
        var made = await fixture.Writer.CreateAsync(row, "hello", Token);

        var again = await fixture.Writer.CreateAsync(row, "hello", Token);

        Assert.Equal((Uid(made!), made!.Metadata.ResourceVersion), (Uid(again!), again!.Metadata.ResourceVersion));
    }

    [Fact]
    public async Task Rows_of_one_repository_and_branch_share_a_CodeRepo_until_the_last_is_gone()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        var first = await fixture.AddAsync(Hello);
        var made = (await fixture.SeeAsync("hello"))["hello"];
        var second = await fixture.AddAsync("https://GIT.example.com/team/hello");
        await fixture.AddAsync(Hello, "dev");
        await fixture.SeeAsync("two CodeRepos", repos => repos.Count == 2);

        await fixture.RunAsync("DELETE FROM repositories WHERE id = $1", Guid.Parse(first));

        var left = await fixture.SeeAsync("the other row's", repos =>
            repos["hello"].Metadata.Annotations[CodeRepo.DeclaredRowAnnotation] == second
        );
        Assert.Equal(Uid(made), Uid(left["hello"]));
        await fixture.RunAsync("DELETE FROM repositories WHERE id = $1", Guid.Parse(second));
        await fixture.SeeAsync("the last is gone", repos => repos.Count == 1 && !repos.ContainsKey("hello"));
    }

    [Fact]
    public async Task What_people_do_to_a_declared_CodeRepo_is_undone_where_the_row_says_otherwise()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        await fixture.AddAsync(Hello);
        await fixture.AddAsync(World, branch: null);
        var made = await fixture.SeeAsync("hello", "world");

        await fixture.Rows.PatchAsync(new { spec = new { interval = "1h", branch = "dev" } });
        await fixture.Rows.PatchAsync(new { spec = new { branch = "dev" } }, "world");

        var repos = await fixture.SeeAsync("the branches of the rows", repos =>
            repos["hello"].Spec.Branch == "main" && repos["world"].Spec.Branch is null
        );
        Assert.Equal("1h", repos["hello"].Spec.Interval);

        await fixture.Rows.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync<CodeRepo>(
            CodeRepo.Group,
            CodeRepo.Version,
            fixture.Rows.Namespace,
            CodeRepo.Plural,
            "hello",
            cancellationToken: Token
        );
        await fixture.SeeAsync("another of its name", repos => repos.TryGetValue("hello", out var repo) && Uid(repo) != Uid(made["hello"]));
    }

    [Fact]
    public async Task Without_the_label_it_is_one_of_people()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, name =>
            DeclaringFixture.Polling(name, TimeSpan.FromSeconds(1))
        );
        await fixture.AddAsync(Hello);
        await fixture.SeeAsync("hello");

        await fixture.Rows.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            new V1Patch("""{"metadata":{"labels":{"coderepo.dev/declared-by":null}}}""", V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            fixture.Rows.Namespace,
            CodeRepo.Plural,
            "hello",
            cancellationToken: Token
        );
        await fixture.RunAsync("DELETE FROM repositories");
        await fixture.AddAsync(World);

        await fixture.SeeAsync("hello", "world");
    }

    [Fact]
    public async Task What_is_wrong_with_a_row_is_told_on_it_and_in_the_log_without_its_password()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(
            cluster,
            postgres,
            target: new IndexingTarget { Problem = "problem" },
            start: false
        );
        await fixture.RunAsync("ALTER TABLE repositories ADD problem text");
        var wrong = await fixture.AddAsync("https://ann:s3cret@git.example.com/team/hello.git");
        await fixture.AddAsync(World);
        await fixture.Rows.StartAsync();
        await fixture.StartAsync(fixture.Keeper);
        await fixture.StartAsync(fixture.Listener);
        await fixture.SeeAsync("world");

        var told = await SeeProblemAsync(fixture, wrong, problem => problem is not null);

        Assert.DoesNotContain("s3cret", told + string.Join(' ', fixture.Warnings), StringComparison.Ordinal);
        Assert.Contains(wrong, Assert.Single(fixture.Warnings), StringComparison.Ordinal);
        await fixture.RunAsync("UPDATE repositories SET git_url = $1 WHERE id = $2", Hello, Guid.Parse(wrong));
        await SeeProblemAsync(fixture, wrong, problem => problem is null);
        await fixture.SeeAsync("hello", "world");
    }

    [Fact]
    public async Task A_private_host_s_CodeRepos_get_its_Secret_and_lose_it_with_another_host()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        await fixture.AddAsync("https://private.example.com/team/hello.git");

        Assert.Equal("private", (await fixture.SeeAsync("hello"))["hello"].Spec.Auth?.Secret);

        await fixture.RunAsync("UPDATE repositories SET git_url = $1", Hello);
        var repos = await fixture.SeeAsync("the other host", repos => repos["hello"].Spec.GitUrl == Hello);
        Assert.Null(repos["hello"].Spec.Auth);
    }

    [Fact]
    public async Task Somebody_s_own_Secret_stays()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        await fixture.AddAsync(Hello);
        await fixture.SeeAsync("hello");
        await fixture.Rows.PatchAsync(new { spec = new { auth = new { secret = "own" } } });

        await fixture.RunAsync("UPDATE repositories SET branch = 'dev'");

        var repos = await fixture.SeeAsync("the other branch", repos => repos["hello"].Spec.Branch == "dev");
        Assert.Equal("own", repos["hello"].Spec.Auth?.Secret);
    }

    [Fact]
    public async Task On_doubt_nothing_is_deleted()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, name =>
            DeclaringFixture.Polling(name, TimeSpan.FromSeconds(1))
        );
        await fixture.AddAsync(Hello);
        await fixture.SeeAsync("hello");

        await fixture.RunAsync("ALTER TABLE repositories RENAME TO elsewhere");
        await Eventually.True(
            () => fixture.Warnings.Any(text => text.Contains("There is no table public.repositories", StringComparison.Ordinal)),
            RowsFixture.Soon,
            Token
        );
        Assert.InRange(await fixture.WrittenAsync("failed"), 1, double.MaxValue);
        Assert.Single(await fixture.ReposAsync(Token));

        await fixture.RunAsync("ALTER TABLE elsewhere RENAME TO repositories");
        await fixture.AddAsync(World);
        await fixture.SeeAsync("hello", "world");
        await Eventually.True(
            () => fixture.RoundLog.Entries.Any(entry => entry.Text.EndsWith("again", StringComparison.Ordinal)),
            RowsFixture.Soon,
            Token
        );

        // A reading that was under way when the table went said so in other words.
        Assert.InRange(fixture.Warnings.Count, 1, 2);
    }

    [Fact]
    public async Task Rows_that_may_be_hidden_are_not_rows_that_are_gone()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, start: false);
        await fixture.AddAsync(Hello);
        await fixture.RunAsync(
            """
            CREATE ROLE declaring_reader LOGIN PASSWORD 'reader';
            GRANT SELECT ON repositories TO declaring_reader;
            ALTER TABLE repositories ENABLE ROW LEVEL SECURITY;
            CREATE POLICY main_only ON repositories TO declaring_reader USING (branch = 'main');
            """
        );
        await File.WriteAllTextAsync(
            fixture.Rows.Options.ConnectionFile!,
            fixture.Rows.Database.ConnectionString.Replace(
                "Username=postgres;Password=postgres",
                "Username=declaring_reader;Password=reader",
                StringComparison.Ordinal
            ),
            Token
        );
        await fixture.Rows.AddUnclonedAsync("declared", repo =>
        {
            repo.Spec.GitUrl = World;
            repo.Metadata.Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [CodeRepo.DeclaredByLabel] = "rows" };
        });
        await fixture.Rows.StartAsync();
        await fixture.StartAsync(fixture.Keeper);

        await Eventually.True(() => fixture.Warnings.Count > 0, RowsFixture.Soon, Token);
        Assert.Contains("Row level security", fixture.Warnings[0], StringComparison.Ordinal);
        Assert.Single(await fixture.ReposAsync(Token));
        await fixture.RunAsync("DROP OWNED BY declaring_reader; DROP ROLE declaring_reader");
    }

    [Fact]
    public async Task At_rest_it_asks_for_nothing_and_nobody_s_notification_disturbs_it()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        await fixture.RunAsync(
            "INSERT INTO repositories (git_url, branch) SELECT 'https://git.example.com/team/r' || i, 'main' FROM generate_series(1, 50) i"
        );
        await fixture.SeeAsync("fifty", repos => repos.Count == 50);
        await Eventually.True(() => fixture.Rows.Cache.Entities.Count() == 50, RowsFixture.Soon, Token);
        fixture.Rows.Way.Forget();

        await fixture.RunAsync("NOTIFY coderepo_rows, 'public.repositories no key'");
        await fixture.RunAsync("NOTIFY coderepo_rows, 'other.table 1'");
        await fixture.RunAsync("NOTIFY coderepo_rows, 'public.repositories '");
        await fixture.RunAsync("UPDATE repositories SET status = 'indexing'");
        await fixture.AddAsync(Hello);
        await fixture.SeeAsync("one more", repos => repos.Count == 51);

        Assert.Single(fixture.Rows.Way.Requests, request => !request.StartsWith("GET", StringComparison.Ordinal));
        Assert.Empty(fixture.Warnings);
    }

    /// <summary>The watch shows CodeRepos while it is looked what there is: 1 in 100 was in neither, and was made a second time.</summary>
    [Fact]
    public async Task Of_many_rows_at_once_each_has_one_CodeRepo_and_none_is_made_twice()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        await fixture.RunAsync(
            "INSERT INTO repositories (git_url, branch) "
                + "SELECT 'https://git.example.com/team/r' || i, 'main' FROM generate_series(1, 1000) i"
        );
        await fixture.SeeAsync("a thousand", repos => repos.Count >= 1000);

        Assert.Equal((1000, 0), (await fixture.WrittenAsync("created"), await fixture.WrittenAsync("pruned")));
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task One_that_somebody_gave_a_tag_has_its_branch_again()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres);
        await fixture.AddAsync(Hello);
        var made = (await fixture.SeeAsync("hello"))["hello"];
        await cluster.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            new V1Patch("""{"spec":{"branch":null,"ref":{"tag":"v1"}}}""", V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            made.Metadata.NamespaceProperty,
            CodeRepo.Plural,
            "hello",
            cancellationToken: Token
        );

        var again = await fixture.SeeAsync("the branch", repos => repos["hello"].Spec is { Branch: "main", Ref: null });
        Assert.Equal(Uid(made), Uid(again["hello"]));
    }

    [Fact]
    public async Task Through_a_pooler_it_polls()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(
            cluster,
            postgres,
            name => DeclaringFixture.Polling(name, TimeSpan.FromSeconds(1)),
            start: false
        );
        await using var bouncer = await PgBouncer.StartAsync(fixture.Rows.Database.Port, poolSize: 5, Token);
        await File.WriteAllTextAsync(
            fixture.Rows.Options.ConnectionFile!,
            fixture.Rows.Database.ConnectionString.Replace(
                $"Port={fixture.Rows.Database.Port}",
                $"Port={bouncer.Port}",
                StringComparison.Ordinal
            ),
            Token
        );
        await fixture.Rows.StartAsync();
        await fixture.StartAsync(fixture.Keeper);
        await fixture.StartAsync(fixture.Listener);

        await Eventually.True(() => fixture.ListenerLog.Entries.Count > 0, RowsFixture.Soon, Token);
        Assert.Contains("pooler", fixture.ListenerLog.Entries.First().Text, StringComparison.Ordinal);
        await fixture.AddAsync(Hello);
        await fixture.SeeAsync("hello");
        Assert.Empty(fixture.Warnings);
    }

    [Fact]
    public async Task Without_the_right_to_it_the_log_says_so_once_and_it_goes_on_when_it_has_it()
    {
        await using var fixture = await DeclaringFixture.CreateAsync(cluster, postgres, name =>
            DeclaringFixture.Polling(name, TimeSpan.FromSeconds(1))
        );
        await fixture.RevokeAsync();
        await fixture.AddAsync(Hello);
        await Eventually.True(() => fixture.Warnings.Count > 0, RowsFixture.Soon, Token);
        Assert.Contains("forbidden", fixture.Warnings[0], StringComparison.Ordinal);

        await fixture.GrantAsync();
        await fixture.SeeAsync("hello");
        Assert.Single(fixture.Warnings);
    }

    private static async Task<string?> SeeProblemAsync(DeclaringFixture fixture, string key, Func<string?, bool> holds) =>
        await Eventually.SeeAsync(
            "what is wrong with the row",
            token => fixture.Rows.Database.ReadAsync<string>("SELECT problem FROM repositories WHERE id = $1", token, Guid.Parse(key)),
            holds,
            RowsFixture.Soon,
            Token
        );

    private static IEnumerable<(string Name, string Operation)> Managers(CodeRepo repo) =>
        repo.Metadata.ManagedFields.Select(manager => (manager.Manager, manager.Operation));
}
