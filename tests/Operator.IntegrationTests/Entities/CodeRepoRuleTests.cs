using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Indexing.CodeRepos;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>The rules of the CRD as API servers enforce them, and that the operator judges alike.</summary>
public abstract class CodeRepoRuleTests(KubeApiServer server)
{
    /// <summary>Requests at once.</summary>
    private const int Parallelism = 8;

    private const string Storage = """{"git_url":"https://host/x","storage":{"size":"1Gi"}}""";

    /// <summary>By an API server that knows no rules, and has the schema alone.</summary>
    public sealed class OnTheApiServer(KubeApiServer server) : CodeRepoRuleTests(server);

    /// <summary>As Kubernetes 1.33 does it.</summary>
    [Collection(nameof(Kubernetes133))]
    public sealed class On133(Kubernetes133 kubernetes) : CodeRepoRuleTests(kubernetes.Cluster);

    /// <summary>As Kubernetes 1.36 does it.</summary>
    [Collection(nameof(Kubernetes136))]
    public sealed class On136(Kubernetes136 kubernetes) : CodeRepoRuleTests(kubernetes.Cluster);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Each rule both ways: a line refused by it, with its message, beside lines that are taken.</summary>
    private static readonly RuleCase[] Cases =
    [
        // git_url
        new("""{"git_url":"https://host/x"}"""),
        new("""{"git_url":"ssh://git@host/x"}"""),
        new("""{"git_url":"git@host:x"}"""),
        new("""{"git_url":"ssh://git@host/x","auth":{"secret":"s"}}"""),
        new("""{"git_url":"https://user:word@host/x"}""", "git_url must not contain credentials"),
        new("""{"git_url":"ssh://git:word@host/x"}""", "git_url must not contain credentials"),
        new("""{"git_url":"file:///etc"}""", "git_url must start with"),
        new("""{"git_url":"https://host/x?y"}""", "git_url must have no query"),
        new("""{"git_url":"https://host/x/../y"}""", "git_url must have no part that is"),
        // branch
        RuleCase.Of("branch", "\"main\""),
        RuleCase.Of("branch", "\"größe/refs/v1.0-rc_1.lock2\""),
        RuleCase.Of("branch", "\"a./b\""),
        RuleCase.Of("branch", "\"HEAD2/HEAD/@x/x@\""),
        RuleCase.Of("branch", "\"refs/heads/main\"", "branch must be the short name"),
        RuleCase.Of("branch", "\"HEAD\"", "branch must be the short name"),
        RuleCase.Of("branch", "\"@\"", "branch must be a name that git allows"),
        RuleCase.Of("branch", "\"a@{1}\"", "branch must be a name that git allows"),
        RuleCase.Of("branch", "\"a.lock/b\"", "branch must be a name that git allows"),
        RuleCase.Of("branch", $"\"{new string('ö', 122)}\""),
        RuleCase.Of("branch", $"\"{new string('ö', 123)}\"", "branch must have at most 244 bytes"),
        RuleCase.Of("branch", "\"a\\u00a0b\""),
        RuleCase.Of("branch", "\"a\\u200bb\"", "branch must have no characters that can't be seen"),
        RuleCase.Of("branch", "\"a\\u0085b\"", "branch must have no characters that can't be seen"),
        RuleCase.Of("branch", "\"a\\u2028b\"", "branch must have no characters that can't be seen"),
        RuleCase.Of("branch", "\"a.\"", "spec.branch"),
        // ref
        RuleCase.Of("ref", """{"tag":"v1.2.3"}"""),
        RuleCase.Of("ref", """{"tag":"release/größe_1"}"""),
        RuleCase.Of("ref", """{"semver":">=1.2 <2"}"""),
        RuleCase.Of("ref", """{"commit":"0123456789abcdefABCDEF0123456789abcdef01"}"""),
        RuleCase.Of("ref", """{"name":"refs/pull/12/head"}"""),
        RuleCase.Of("ref", """{"name":"refs/heads/main"}"""),
        RuleCase.Of("ref", "{}", "ref must have exactly one"),
        RuleCase.Of("ref", """{"tag":"v1","semver":"1.x"}""", "ref must have exactly one"),
        RuleCase.Of("ref", """{"commit":"0123456789abcdef"}""", "spec.ref.commit"),
        RuleCase.Of("ref", """{"name":"pull/12/head"}""", "spec.ref.name"),
        RuleCase.Of("ref", """{"tag":"refs/tags/v1"}""", "tag must be the short name of a tag"),
        RuleCase.Of("ref", """{"tag":"@"}""", "tag must be a name that git allows"),
        RuleCase.Of("ref", """{"tag":"a.lock"}""", "tag must be a name that git allows"),
        RuleCase.Of("ref", $$"""{"tag":"{{new string('ö', 123)}}"}""", "tag must have at most 244 bytes"),
        RuleCase.Of("ref", """{"tag":"a\u200bb"}""", "tag must have no characters that can't be seen"),
        RuleCase.Of("ref", """{"name":"refs/a@{1}"}""", "name must be a name that git allows"),
        RuleCase.Of("ref", $$"""{"name":"refs/{{new string('ö', 123)}}"}""", "name must have at most 249 bytes"),
        RuleCase.Of("ref", """{"name":"refs/a\u2028b"}""", "name must have no characters that can't be seen"),
        // submodules
        RuleCase.Of("submodules", "{}"),
        RuleCase.Of("submodules", """{"required":true,"depth":1,"max":1}"""),
        RuleCase.Of("submodules", """{"depth":16,"max":500}"""),
        RuleCase.Of("submodules", """{"depth":0}""", "spec.submodules.depth"),
        RuleCase.Of("submodules", """{"depth":17}""", "spec.submodules.depth"),
        RuleCase.Of("submodules", """{"max":0}""", "spec.submodules.max"),
        RuleCase.Of("submodules", """{"max":501}""", "spec.submodules.max"),
        // lfs
        RuleCase.Of("lfs", "{}"),
        RuleCase.Of("lfs", """{"required":true,"maxBytes":"1"}"""),
        RuleCase.Of("lfs", """{"maxBytes":"1.5Gi"}"""),
        RuleCase.Of("lfs", """{"maxBytes":"0"}""", "spec.lfs.maxBytes"),
        RuleCase.Of("lfs", """{"maxBytes":"5GB"}""", "spec.lfs.maxBytes"),
        RuleCase.Of("lfs", """{"maxBytes":""}""", "spec.lfs.maxBytes"),
        // sparse
        RuleCase.Of("sparse", """["src"]"""),
        RuleCase.Of("sparse", """["src/","docs/api"," we ird#/-x/!b/.github/ö"]""", "a path in sparse must have no space at its ends"),
        RuleCase.Of("sparse", """["src/","docs/api","we ird#/-x/!b/.github/ö/中"]"""),
        RuleCase.Of("sparse", $$"""["{{new string('ö', 255)}}"]"""),
        RuleCase.Of("sparse", $$"""[{{string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"{i}\""))}}]"""),
        RuleCase.Of("sparse", "[]", "spec.sparse"),
        RuleCase.Of("sparse", $$"""[{{string.Join(',', Enumerable.Range(0, 101).Select(i => $"\"{i}\""))}}]""", "spec.sparse"),
        RuleCase.Of("sparse", $$"""["{{new string('a', 256)}}"]""", "spec.sparse[0]"),
        .. new[] { "", "/src", "src//a", "src/a//", "!src", "a*", "a?b", "a[b", "a]b", @"a\\b", "a\u007fb", @"a\nb" }.Select(path =>
            RuleCase.Of("sparse", $$"""["docs","{{path}}"]""", "spec.sparse[1]")
        ),
        .. new[] { ".", "./a", "..", "a/../b", "a/.", ".git", "a/.GIT/b", ".git/" }.Select(path =>
            RuleCase.Of("sparse", $$"""["{{path}}"]""", "a path in sparse must have no part that is ., .. or .git")
        ),
        RuleCase.Of("sparse", """["a b /"]""", "a path in sparse must have no space at its ends"),
        RuleCase.Of("sparse", """["a\u2028b"]""", "a path in sparse must have no characters that can't be seen"),
        new("""{"git_url":"https://host/x","branch":"main","ref":{"tag":"v1"}}""", "branch and ref can't both be set"),
        // interval and timeout
        RuleCase.Of("interval", "\"0\""),
        RuleCase.Of("interval", "\"24h\""),
        RuleCase.Of("interval", "\"24h1ms\"", "interval must be a duration of at most 24h"),
        RuleCase.Of("interval", "\"999999999h\"", "interval must be a duration of at most 24h"),
        RuleCase.Of("timeout", "\"0.000001ms\""),
        RuleCase.Of("timeout", "\"23h60m\""),
        RuleCase.Of("timeout", "\"0s\"", "timeout must be longer than 0"),
        RuleCase.Of("timeout", "\"0.0000001ms\"", "timeout must be longer than 0"),
        RuleCase.Of("timeout", "\"24.1h\"", "timeout must be longer than 0 and at most 24h"),
        // indexing.threshold
        RuleCase.Of("indexing", """{"threshold":"100h"}"""),
        RuleCase.Of("indexing", """{"threshold":"0"}""", "threshold must be longer than 0"),
        // storage: what a claim can't change
        new(Storage.Replace("1Gi", "2Gi", StringComparison.Ordinal), Before: Storage),
        new("""{"git_url":"https://host/x","storage":{"size":"1Gi","class":"a"}}""", "class can't be changed", Before: Storage),
        new(
            """{"git_url":"https://host/x","storage":{"size":"1Gi","accessModes":["ReadWriteMany"]}}""",
            "accessModes can't be changed",
            Before: Storage
        ),
    ];

    [Fact]
    public async Task Each_rule_takes_and_refuses_what_it_should_where_the_server_has_rules()
    {
        var ns = await server.CreateNamespaceAsync(Token);
        var wrong = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(Cases.Index(), Options, async (one, token) =>
        {
            var (index, (spec, refusal, before)) = one;
            var message = before is null
                ? await TryAsync(ns, $"case-{index}", spec, token)
                : await TryChangeAsync(ns, $"case-{index}", before, spec, token);
            var isAsSaid =
                refusal is null ? message is null
                : server.EnforcesRules ? message?.Contains(refusal, StringComparison.Ordinal) == true
                : true;
            if (!isAsSaid)
            {
                wrong.Enqueue($"{spec}: {message ?? "taken"}, not {refusal ?? "taken"}");
            }
        });

        Assert.Empty(wrong);
    }

    [Fact]
    public async Task No_rule_is_without_a_case_that_it_refuses()
    {
        var definition = await server.Admin.CustomObjects.GetClusterCustomObjectAsync<JsonNode>(
            "apiextensions.k8s.io",
            "v1",
            "customresourcedefinitions",
            $"{CodeRepo.Plural}.{CodeRepo.Group}",
            Token
        );
        var rules = RulesOf(definition["spec"]!["versions"]![0]!["schema"]!).ToList();

        Assert.True(rules.Count >= (server.EnforcesRules ? 11 : 0), string.Join('\n', rules));
        Assert.All(rules, message =>
            Assert.Contains(Cases, one => one.Refusal is { } refusal && message.StartsWith(refusal, StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_thousand_specs_are_judged_as_the_operator_judges_them()
    {
        var ns = await server.CreateNamespaceAsync(Token);
        var random = new SpecGenerator(seed: 14);
        var specs = Cases
            .Where(one => one.Before is null)
            .Select(one => one.Spec)
            .Concat(Enumerable.Range(0, 1000).Select(_ => random.Next()))
            .ToList();
        var wrong = new ConcurrentQueue<string>();
        var (taken, refused) = (0, 0);
        await Parallel.ForEachAsync(specs, Options, async (spec, token) =>
        {
            var ours = RefusalOf(spec);
            var theirs = await TryAsync(ns, "generated", spec, token);
            _ = theirs is null ? Interlocked.Increment(ref taken) : Interlocked.Increment(ref refused);

            // The schema alone takes more than its rules would, and must refuse nothing that works.
            if (theirs is null != ours is null && (server.EnforcesRules || ours is null))
            {
                wrong.Enqueue($"{spec}: API server: {theirs ?? "taken"}; operator: {ours ?? "taken"}");
            }
        });

        Assert.Empty(wrong);
        Assert.InRange(taken, 200, specs.Count - 200);
        Assert.InRange(refused, 200, specs.Count - 200);
    }

    private static ParallelOptions Options => new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = Token };

    /// <summary>
    /// Why the operator does not act upon a spec, or not as it is written; null: it does. That this version lacks something is no
    /// judgement.
    /// </summary>
    private static string? RefusalOf(string spec)
    {
        var repo = KubernetesJson.Deserialize<CodeRepo>($$"""{"metadata":{"name":"x","namespace":"y","uid":"z"},"spec":{{spec}}}""");
        return DesiredClone.Of(repo).Failure is { Reason: not Reasons.Unsupported } failure ? failure.Message
            : AskedThreshold.Of(repo.Spec.Indexing, TimeSpan.Zero, TimeSpan.MaxValue) is { IsUnreadable: true, Note: var note } ? note
            : null;
    }

    private static IEnumerable<string> RulesOf(JsonNode? schema) =>
        schema switch
        {
            JsonObject fields => (fields["x-kubernetes-validations"]?.AsArray() ?? [])
                .Select(rule => rule!["message"]!.GetValue<string>())
                .Concat(fields.SelectMany(field => RulesOf(field.Value))),
            JsonArray items => items.SelectMany(RulesOf),
            _ => [],
        };

    private static JsonNode Body(string name, string spec) =>
        JsonNode.Parse($$"""{"apiVersion":"coderepo.dev/v1alpha1","kind":"CodeRepo","metadata":{"name":"{{name}}"},"spec":{{spec}}}""")!;

    /// <returns>Why it is refused; null: it is taken.</returns>
    private async Task<string?> TryAsync(string ns, string name, string spec, CancellationToken cancellationToken, string? dryRun = "All")
    {
        try
        {
            await server.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
                Body(name, spec),
                CodeRepo.Group,
                CodeRepo.Version,
                ns,
                CodeRepo.Plural,
                dryRun: dryRun,
                cancellationToken: cancellationToken
            );
            return null;
        }
        catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.UnprocessableEntity)
        {
            return refusal.Response.Content;
        }
    }

    private async Task<string?> TryChangeAsync(string ns, string name, string before, string spec, CancellationToken cancellationToken)
    {
        Assert.Null(await TryAsync(ns, name, before, cancellationToken, dryRun: null));
        try
        {
            await server.Admin.CustomObjects.PatchNamespacedCustomObjectAsync<CodeRepo>(
                new V1Patch($$"""{"spec":{{spec}}}""", V1Patch.PatchType.MergePatch),
                CodeRepo.Group,
                CodeRepo.Version,
                ns,
                CodeRepo.Plural,
                name,
                cancellationToken: cancellationToken
            );
            return null;
        }
        catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.UnprocessableEntity)
        {
            return refusal.Response.Content;
        }
    }
}
