using System.Text.Json;
using System.Text.Json.Nodes;
using CodeRepoOperator.Remotes;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>CodeRepos as a real API server takes, completes, refuses and shows them.</summary>
public abstract class CodeRepoApiTests(KubeApiServer server)
{
    /// <summary>By the API server that all tests have.</summary>
    public sealed class OnTheApiServer(KubeApiServer server) : CodeRepoApiTests(server);

    /// <summary>As Kubernetes 1.33 does it.</summary>
    [Collection(nameof(Kubernetes133))]
    public sealed class On133(Kubernetes133 kubernetes) : CodeRepoApiTests(kubernetes.Cluster);

    /// <summary>As Kubernetes 1.36 does it.</summary>
    [Collection(nameof(Kubernetes136))]
    public sealed class On136(Kubernetes136 kubernetes) : CodeRepoApiTests(kubernetes.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_round_trip_loses_nothing_of_the_spec()
    {
        var repo = FullCodeRepo(await server.CreateNamespaceAsync(Token));

        await CreateAsync(server, repo);
        var back = await ReadAsync(repo);

        AssertSameJson(repo.Spec, back.Spec);
        Assert.Equal(repo.Metadata.Labels, back.Metadata.Labels);
        Assert.Equal(repo.Metadata.Annotations, back.Metadata.Annotations);
        Assert.Equal(repo.Metadata.Finalizers, back.Metadata.Finalizers);
    }

    [Fact]
    public async Task A_status_by_server_side_apply_loses_nothing_and_leaves_the_spec_alone()
    {
        var repo = FullCodeRepo(await server.CreateNamespaceAsync(Token));
        await CreateAsync(server, repo);
        var status = FullStatus();

        await ApplyStatusAsync(server, repo, status, "coderepo-controller");
        var back = await ReadAsync(repo);

        AssertSameJson(status, back.Status);
        AssertSameJson(repo.Spec, back.Spec);
        Assert.Equal(1, back.Metadata.Generation);
    }

    [Fact]
    public async Task Two_field_managers_keep_a_condition_each()
    {
        var repo = FullCodeRepo(await server.CreateNamespaceAsync(Token));
        await CreateAsync(server, repo);

        await ApplyStatusAsync(server, repo, new CodeRepoStatus { Conditions = [Condition(ConditionTypes.Ready)] }, "coderepo-controller");
        await ApplyStatusAsync(
            server,
            repo,
            new CodeRepoStatus { Conditions = [Condition(ConditionTypes.IndexingHealthy)] },
            "coderepo-indexing"
        );
        var both = await ReadAsync(repo);
        await ApplyStatusAsync(server, repo, new CodeRepoStatus { Commit = Commit }, "coderepo-controller");
        var back = await ReadAsync(repo);

        Assert.Equal(
            [ConditionTypes.IndexingHealthy, ConditionTypes.Ready],
            both.Status?.Conditions?.Select(condition => condition.Type).Order(StringComparer.Ordinal)
        );

        // The controller no longer applies its condition, so that is gone; the other manager's is not.
        Assert.Equal([ConditionTypes.IndexingHealthy], back.Status?.Conditions?.Select(condition => condition.Type));
        Assert.Equal(Commit, back.Status?.Commit);
    }

    [Fact]
    public async Task The_server_fills_in_what_the_initializers_say()
    {
        var repo = new
        {
            apiVersion = "coderepo.dev/v1alpha1",
            kind = "CodeRepo",
            metadata = new { name = "bare" },
            spec = new { git_url = Url },
        };
        var ns = await server.CreateNamespaceAsync(Token);

        var created = await server.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<JsonElement>(
            repo,
            CodeRepo.Group,
            CodeRepo.Version,
            ns,
            CodeRepo.Plural,
            cancellationToken: Token
        );

        AssertSameJson(new CodeRepoSpec { GitUrl = Url }, created.GetProperty("spec"));
    }

    [Theory]
    [InlineData("the URL is missing", "{}", "spec.git_url")]
    [InlineData("the URL is empty", """{"git_url":""}""", "spec.git_url")]
    [InlineData("a local path", """{"git_url":"/etc"}""", "spec.git_url")]
    [InlineData("a file URL", """{"git_url":"file:///etc"}""", "spec.git_url")]
    [InlineData("another transport", """{"git_url":"ext::sh -c id"}""", "spec.git_url")]
    [InlineData("an option for a host", """{"git_url":"ssh://-oProxyCommand=id/x"}""", "spec.git_url")]
    [InlineData("an option for a user", """{"git_url":"-oProxyCommand=id@host:x"}""", "spec.git_url")]
    [InlineData("an option for a path", """{"git_url":"git@host:--upload-pack=id"}""", "spec.git_url")]
    [InlineData("white space in the URL", """{"git_url":"https://host/a b"}""", "spec.git_url")]
    [InlineData("a line break in the URL", """{"git_url":"https://host/a\nb"}""", "spec.git_url")]
    [InlineData("a line break at its end", """{"git_url":"https://host/a\n"}""", "spec.git_url")]
    [InlineData("credentials in the URL", """{"git_url":"https://user:word@host/x"}""", "spec.git_url")]
    [InlineData("a password for ssh in the URL", """{"git_url":"ssh://git:word@host/x","auth":{"secret":"s"}}""", "spec.git_url")]
    [InlineData("a branch that looks like an option", """{"git_url":"https://host/x","branch":"--upload-pack=id"}""", "spec.branch")]
    [InlineData("a branch that climbs", """{"git_url":"https://host/x","branch":"a/../b"}""", "spec.branch")]
    [InlineData("a branch with a pattern", """{"git_url":"https://host/x","branch":"*"}""", "spec.branch")]
    [InlineData("a branch without a name", """{"git_url":"https://host/x","branch":""}""", "spec.branch")]
    [InlineData("a duration without a unit", """{"git_url":"https://host/x","interval":"5"}""", "spec.interval")]
    [InlineData("a negative duration", """{"git_url":"https://host/x","interval":"-5m"}""", "spec.interval")]
    [InlineData("a duration in days", """{"git_url":"https://host/x","timeout":"1d"}""", "spec.timeout")]
    [InlineData("a negative depth", """{"git_url":"https://host/x","depth":-1}""", "spec.depth")]
    [InlineData("a depth beyond int32", """{"git_url":"https://host/x","depth":2147483648}""", "spec.depth")]
    [InlineData("an unknown policy", """{"git_url":"https://host/x","policy":"Lazy"}""", "spec.policy")]
    [InlineData("no name for the secret", """{"git_url":"https://host/x","auth":{}}""", "spec.auth.secret")]
    [InlineData("a secret of another namespace", """{"git_url":"https://host/x","auth":{"secret":"other/s"}}""", "spec.auth.secret")]
    [InlineData("a threshold that is none", """{"git_url":"https://host/x","indexing":{"threshold":"soon"}}""", "spec.indexing.threshold")]
    [InlineData("a volume without a size", """{"git_url":"https://host/x","storage":{}}""", "spec.storage.size")]
    [InlineData("a volume of size 0", """{"git_url":"https://host/x","storage":{"size":"0"}}""", "spec.storage.size")]
    [InlineData(
        "a mode for readers only",
        """{"git_url":"https://host/x","storage":{"size":"1Gi","accessModes":["ReadOnlyMany"]}}""",
        "spec.storage.accessModes"
    )]
    [InlineData(
        "a mode twice",
        """{"git_url":"https://host/x","storage":{"size":"1Gi","accessModes":["ReadWriteOnce","ReadWriteOnce"]}}""",
        "spec.storage.accessModes"
    )]
    public async Task The_schema_refuses(string what, string spec, string field)
    {
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => TryCreateAsync(spec));

        Assert.True((int)refused.Response.StatusCode is 422, $"{what}: {refused.Response.StatusCode}");
        Assert.Contains(field, refused.Response.Content);
    }

    [Theory]
    [InlineData("http", """{"git_url":"http://127.0.0.1:8080/hello.git"}""")]
    [InlineData("https with an address of IPv6 and a port", """{"git_url":"https://[2001:db8::1]:8443/team/hello"}""")]
    [InlineData("ssh", """{"git_url":"ssh://git@git.example.com:2222/team/hello.git","auth":{"secret":"deploy-key"}}""")]
    [InlineData("ssh with the administrator's credentials", """{"git_url":"ssh://git@git.example.com/team/hello.git"}""")]
    [InlineData("scp-like with the administrator's credentials", """{"git_url":"git@git.example.com:team/hello.git"}""")]
    [InlineData("scp-like", """{"git_url":"git@git.example.com:team/hello.git","auth":{"secret":"deploy-key"}}""")]
    [InlineData("a branch in directories", """{"git_url":"https://host/x","branch":"release/v1.0-rc_1"}""")]
    [InlineData("a branch beyond ASCII", """{"git_url":"https://host/x","branch":"größe"}""")]
    [InlineData("no interval", """{"git_url":"https://host/x","interval":"0s"}""")]
    [InlineData("a composed duration", """{"git_url":"https://host/x","timeout":"1h30m"}""")]
    [InlineData("the deepest depth", """{"git_url":"https://host/x","depth":2147483647}""")]
    [InlineData("a volume of its own", """{"git_url":"https://host/x","storage":{"size":"1.5Gi","accessModes":["ReadWriteMany"]}}""")]
    public async Task The_schema_accepts(string what, string spec)
    {
        var created = await TryCreateAsync(spec);

        Assert.True(created.Metadata.Generation == 1, what);
    }

    [Theory]
    [InlineData("""{"git_url":"https://host/x","timeout":"0s"}""", "timeout must be longer than 0")]
    [InlineData("""{"git_url":"https://host/x","indexing":{"threshold":"0"}}""", "threshold must be longer than 0")]
    [InlineData("""{"git_url":"https://ghp_token@host/x"}""", "put them in a Secret and name it in auth.secret")]
    [InlineData("""{"git_url":"https://host/x/../y"}""", "write the path that it leads to")]
    [InlineData("""{"git_url":"https://host/x","branch":"refs/heads/main"}""", "without refs/heads/")]
    [InlineData("""{"git_url":"https://host/x","branch":"HEAD"}""", "the short name of a branch")]
    [InlineData("""{"git_url":"https://host/x","branch":"a.lock/b"}""", "a name that git allows")]
    [InlineData("""{"git_url":"https://host/x","branch":"a@{1}"}""", "a name that git allows")]
    public async Task What_no_pattern_finds_is_refused_with_advice_where_the_server_has_rules(string spec, string advice)
    {
        if (!server.EnforcesRules)
        {
            // The schema alone lets it in; the controller is what refuses it.
            Assert.NotNull(await TryCreateAsync(spec));
            return;
        }

        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => TryCreateAsync(spec));
        Assert.Contains(advice, refused.Response.Content);
    }

    [Theory]
    [InlineData("""{"git_url":"https://user:word@host/x"}""", "put them in a Secret and name it in auth.secret")]
    [InlineData("""{"git_url":"file:///etc"}""", "must start with https://, http:// or ssh://")]
    [InlineData("""{"git_url":"https://host/x?y"}""", "leave out everything from ? or # on")]
    public async Task What_a_pattern_refuses_comes_with_advice_where_the_server_has_rules(string spec, string advice)
    {
        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => TryCreateAsync(spec));

        Assert.Equal(server.EnforcesRules, refused.Response.Content.Contains(advice, StringComparison.Ordinal));
    }

    /// <summary>The whole table, in one namespace; nothing of it is kept.</summary>
    [Fact]
    public async Task Each_git_URL_is_taken_or_refused_as_the_table_says()
    {
        var ns = await server.CreateNamespaceAsync(Token);
        foreach (var one in GitUrlCases.All)
        {
            var repo = new CodeRepo
            {
                Metadata = new V1ObjectMeta { Name = "tried", NamespaceProperty = ns },
                Spec = new CodeRepoSpec
                {
                    GitUrl = one.Url,
                    Auth = new CodeRepoAuth { Secret = "deploy-key" },
                },
            };
            var isTaken =
                one.Verdict is GitUrlVerdict.Taken or GitUrlVerdict.RefusedByController
                || (one.Verdict is GitUrlVerdict.RefusedByRule && !server.EnforcesRules);
            var refused = await Record.ExceptionAsync(() =>
                server.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
                    repo,
                    CodeRepo.Group,
                    CodeRepo.Version,
                    ns,
                    CodeRepo.Plural,
                    dryRun: "All",
                    cancellationToken: Token
                )
            );

            Assert.Equal((one.Url, isTaken), (one.Url, refused is null));
            Assert.Contains(
                isTaken ? "" : "spec.git_url",
                (refused as HttpOperationException)?.Response.Content ?? "",
                StringComparison.Ordinal
            );
        }
    }

    [Theory]
    [InlineData("class", """{"class":"slow"}""")]
    [InlineData("accessModes", """{"accessModes":["ReadWriteMany"]}""")]
    public async Task The_volume_of_a_CodeRepo_keeps_what_a_claim_can_not_change(string field, string change)
    {
        var repo = FullCodeRepo(await server.CreateNamespaceAsync(Token));
        await CreateAsync(server, repo);
        var patch = new V1Patch($$$"""{"spec":{"storage":{{{change}}}}}""", V1Patch.PatchType.MergePatch);
        var changing = server.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            patch,
            CodeRepo.Group,
            CodeRepo.Version,
            repo.Metadata.NamespaceProperty,
            CodeRepo.Plural,
            repo.Metadata.Name,
            cancellationToken: Token
        );

        if (!server.EnforcesRules)
        {
            Assert.Equal(2, (await changing).Metadata.Generation);
            return;
        }

        var refused = await Assert.ThrowsAsync<HttpOperationException>(() => changing);
        Assert.Contains($"{field} can't be changed", refused.Response.Content);
    }

    [Fact]
    public async Task A_volume_may_grow()
    {
        var repo = FullCodeRepo(await server.CreateNamespaceAsync(Token));
        await CreateAsync(server, repo);
        var patch = new V1Patch("""{"spec":{"storage":{"size":"6Gi"}}}""", V1Patch.PatchType.MergePatch);

        var grown = await server.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
            patch,
            CodeRepo.Group,
            CodeRepo.Version,
            repo.Metadata.NamespaceProperty,
            CodeRepo.Plural,
            repo.Metadata.Name,
            cancellationToken: Token
        );

        Assert.Equal("6Gi", grown.Spec.Storage?.Size);
    }

    internal const string Url = "https://git.example.com/team/hello.git";
    internal const string Commit = "0123456789abcdef0123456789abcdef01234567";

    /// <summary>A CodeRepo whose every field has a value that is not its default.</summary>
    internal static CodeRepo FullCodeRepo(string ns) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                Name = "full",
                NamespaceProperty = ns,
                Labels = new Dictionary<string, string> { ["team"] = "search" },
                Annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = "now" },
                Finalizers = [CodeRepo.CloneFinalizer],
            },
            Spec = new CodeRepoSpec
            {
                GitUrl = Url,
                Branch = "release/1.0",
                Interval = "1h30m",
                Timeout = "90s",
                Depth = 7,
                Policy = ClonePolicy.OnDemand,
                Suspend = true,
                Auth = new CodeRepoAuth { Secret = "git-credentials" },
                Indexing = new CodeRepoIndexing { Id = "42", Threshold = "45m" },
                Storage = new CodeRepoStorage
                {
                    Size = "5Gi",
                    Class = "fast",
                    AccessModes = ["ReadWriteOnce"],
                },
            },
        };

    /// <summary>A status whose every field has a value.</summary>
    internal static CodeRepoStatus FullStatus() =>
        new()
        {
            ObservedGeneration = 1,
            Reason = Reasons.Cloned,
            Conditions = [Condition(ConditionTypes.Ready), Condition(ConditionTypes.CloneAvailable)],
            Branch = "release/1.0",
            Commit = Commit,
            ShortCommit = Commit[..7],
            Volume = new CodeRepoVolume
            {
                Claim = "store-coderepo-operator-0",
                Namespace = "coderepo-system",
                Path = "default/full",
                Node = "worker-3",
            },
            Shard = 0,
            ClonedAt = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
            CheckedAt = new DateTimeOffset(2026, 1, 2, 4, 4, 5, TimeSpan.Zero),
            Reclones = 2,
            LastHandledReconcileAt = "now",
            Indexing = new CodeRepoIndexingStatus
            {
                Status = "indexing",
                StartedAt = new DateTimeOffset(2026, 1, 2, 3, 5, 0, TimeSpan.Zero),
                Resets = 1,
            },
        };

    private static V1Condition Condition(string type) =>
        new()
        {
            Type = type,
            Status = "True",
            Reason = Reasons.Cloned,
            Message = "The clone is at the remote's head.",
            ObservedGeneration = 1,
            LastTransitionTime = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        };

    private static void AssertSameJson(object? expected, object? actual)
    {
        var wanted = JsonNode.Parse(KubernetesJson.Serialize(expected));
        var seen = JsonNode.Parse(KubernetesJson.Serialize(actual));
        Assert.True(JsonNode.DeepEquals(wanted, seen), $"wanted {wanted}\nseen {seen}");
    }

    private async Task<CodeRepo> TryCreateAsync(string spec)
    {
        var ns = await server.CreateNamespaceAsync(Token);
        var repo = JsonNode.Parse(
            $$"""{"apiVersion":"coderepo.dev/v1alpha1","kind":"CodeRepo","metadata":{"name":"tried"},"spec":{{spec}}}"""
        )!;
        return await server.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            repo,
            CodeRepo.Group,
            CodeRepo.Version,
            ns,
            CodeRepo.Plural,
            cancellationToken: Token
        );
    }

    internal static Task<CodeRepo> CreateAsync(KubeApiServer server, CodeRepo repo) =>
        server.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            repo,
            CodeRepo.Group,
            CodeRepo.Version,
            repo.Metadata.NamespaceProperty,
            CodeRepo.Plural,
            cancellationToken: Token
        );

    private Task<CodeRepo> ReadAsync(CodeRepo repo) =>
        server.Admin.CustomObjects.GetNamespacedCustomObjectAsync<CodeRepo>(
            CodeRepo.Group,
            CodeRepo.Version,
            repo.Metadata.NamespaceProperty,
            CodeRepo.Plural,
            repo.Metadata.Name,
            Token
        );

    internal static Task<CodeRepo> ApplyStatusAsync(KubeApiServer server, CodeRepo repo, CodeRepoStatus status, string fieldManager)
    {
        var body = new
        {
            apiVersion = repo.ApiVersion,
            kind = repo.Kind,
            metadata = new { name = repo.Metadata.Name },
            status,
        };
        return server.Admin.CustomObjects.PatchNamespacedCustomObjectStatusAsync<CodeRepo>(
            new V1Patch(KubernetesJson.Serialize(body), V1Patch.PatchType.ApplyPatch),
            CodeRepo.Group,
            CodeRepo.Version,
            repo.Metadata.NamespaceProperty,
            CodeRepo.Plural,
            repo.Metadata.Name,
            fieldManager: fieldManager,
            force: true,
            cancellationToken: Token
        );
    }
}
