using System.Text.Json.Nodes;

namespace CodeRepoOperator.Installing;

/// <summary>What the chart gives, by Helm 3 and Helm 4: for which values, and for which not.</summary>
[Trait("Category", "Slow")]
public sealed class ChartTests(KubeApiServer cluster) : IDisposable
{
    private const string Release = "coderepo-operator";

    /// <summary>Each of the chart's main switches, with what it can be.</summary>
    private static readonly (string What, string[] Alternatives)[] Switches =
    [
        ("namespaces", ["", "watchNamespaces={NAMESPACE,NAMESPACE-b}"]),
        (
            "volume",
            [
                "",
                "persistence.existingClaim=mine",
                "persistence.storageClass=fast,persistence.accessModes={ReadWriteMany},persistence.annotations.a=b",
            ]
        ),
        (
            "database",
            [
                "",
                "database.existingSecret=db,database.secretKey=url",
                "database.connection=Host=db;Password=a\\,b,migration.enabled=true",
                "database.existingSecret=db,migration.enabled=true,migration.existingSecret=owner,migration.secretKey=url",
            ]
        ),
        (
            "monitoring",
            [
                "",
                "metrics.serviceMonitor.enabled=true,metrics.serviceMonitor.interval=30s,metrics.serviceMonitor.labels.a=b,"
                    + "metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true",
            ]
        ),
        (
            "api",
            [
                "",
                "api.enabled=false",
                "webhooks[0].provider=GitHub,webhooks[0].existingSecret=hook,webhooks[0].key=github",
                "api.tls.existingSecret=tls,api.service.type=LoadBalancer,api.service.port=443,api.service.annotations.a=b,"
                    + "networkPolicy.apiFrom[0].podSelector.matchLabels.a=b,"
                    + "webhooks[0].provider=GitLab,webhooks[0].existingSecret=hook,webhooks[0].key=gitlab,webhooks[1].provider=Gitea,"
                    + "webhooks[1].existingSecret=hook,webhooks[1].key=gitea",
            ]
        ),
        (
            "network",
            [
                "",
                "networkPolicy.enabled=true",
                "networkPolicy.enabled=true,networkPolicy.from[0].podSelector.matchLabels.a=b,networkPolicy.egress[0].ports[0].port=443",
            ]
        ),
        ("disruptions", ["", "podDisruptionBudget.enabled=true,podDisruptionBudget.maxUnavailable=0"]),
        (
            "account",
            ["", "serviceAccount.create=false,serviceAccount.name=mine", "serviceAccount.name=other,serviceAccount.annotations.a=b"]
        ),
        ("rights", ["", "rbac.create=false,rbac.userRoles=false", "rbac.secrets=false"]),
        (
            "credentials",
            [
                "",
                "gitCredentials[0].host=git.example.com,gitCredentials[0].secret=git,gitCredentials[0].namespaces={team-a,team-b},"
                    + "gitCredentials[1].host=*.example.org:8443,gitCredentials[1].secret=other,gitCredentials[1].namespaces={*}",
            ]
        ),
        (
            "indexers",
            [
                "",
                "indexing.pods.enabled=true,indexing.pods.namespaces={NAMESPACE,NAMESPACE-b},indexing.pods.selector=app=indexer",
                "indexing.declare.enabled=true,indexing.declare.namespace=NAMESPACE-b,indexing.declare.prune=Orphan,"
                    + "indexing.declare.secrets[0].host=git.example.com,indexing.declare.secrets[0].secret=git",
                "indexing.pods.enabled=true,indexing.declare.enabled=true",
            ]
        ),
        ("hooks", ["", "uninstall.release=false,persistence.resize=false"]),
        ("image", ["", $"image.digest=sha256:{Digest},image.pullPolicy=Always,imagePullSecrets[0].name=registry"]),
        (
            "pod",
            [
                "",
                "podLabels.a=b,podAnnotations.c=d,commonLabels.e=f,nodeSelector.g=h,tolerations[0].operator=Exists,priorityClassName=high,"
                    + "extraEnv[0].name=HTTPS_PROXY,extraEnv[0].value=http://proxy:3128,extraVolumes[0].name=ca,"
                    + "extraVolumes[0].configMap.name=ca,"
                    + "extraVolumeMounts[0].name=ca,extraVolumeMounts[0].mountPath=/ca,resources.limits.memory=4Gi,replicas=0,"
                    + "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0].key=a,"
                    + "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
                    + ".matchExpressions[0].operator=Exists,"
                    + "topologySpreadConstraints[0].maxSkew=1,topologySpreadConstraints[0].topologyKey=zone,"
                    + "topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway",
            ]
        ),
    ];

    /// <summary>Those that bring whole objects, or take them away.</summary>
    private static readonly string[] OnOrOff =
    [
        "watchNamespaces={NAMESPACE,NAMESPACE-b}",
        "persistence.existingClaim=mine",
        "database.existingSecret=db,migration.enabled=true",
        "api.enabled=false",
        "metrics.serviceMonitor.enabled=true,metrics.prometheusRule.enabled=true,metrics.dashboard.enabled=true",
        "networkPolicy.enabled=true,podDisruptionBudget.enabled=true",
    ];

    private const string Digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    private readonly ChartFixture _fixture = new(cluster);

    public static TheoryData<string> Helms => [.. ChartFixture.Helms];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _fixture.Dispose();

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task Lint_finds_nothing(string helm) =>
        Assert.Contains(
            "0 chart(s) failed",
            await _fixture.Helm(helm).RunAsync(["lint", "--strict", ChartFixture.Chart], Token),
            StringComparison.Ordinal
        );

    /// <summary>
    /// Each two alternatives of two switches, by both Helms alike; and what brings whole objects or takes them away, in every combination.
    /// </summary>
    [Fact]
    public async Task The_API_server_takes_every_object_of_every_combination_of_switches_and_its_pods_are_restricted()
    {
        var ofNamespace = await cluster.CreateNamespaceAsync(Token);
        await _fixture.ApplyAsync(Manifest.Parse($"{{apiVersion: v1, kind: Namespace, metadata: {{name: {ofNamespace}-b}}}}"));
        var kubectl = await KubectlThatKnowsMonitoringAsync();
        var all = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        async Task RenderAsync(IEnumerable<string> helms, IEnumerable<string> chosen)
        {
            var values = chosen
                .Where(value => value.Length > 0)
                .Append("crd.install=false")
                .SelectMany(value => new[] { "--set", value.Replace("NAMESPACE", ofNamespace, StringComparison.Ordinal) })
                .ToArray();
            var rendered = await Task.WhenAll(helms.Select(helm => _fixture.TemplateAsync(helm, Release, ofNamespace, values)));
            Assert.All(rendered, objects => Assert.Equal(Texts(rendered[0]), Texts(objects)));
            Assert.All(rendered[0].Where(HasPod), item => Assert.Empty(RestrictedProfile.ErrorsOf(PodOf(item))));
            Assert.Equal(rendered[0].Count, rendered[0].DistinctBy(Manifest.NameOf).Count());
            foreach (var item in rendered[0])
            {
                all[item.ToJsonString()] = item;
            }
        }

        foreach (var combination in Pairs.Cover([.. Switches.Select(one => one.Alternatives.Length)]))
        {
            await RenderAsync(ChartFixture.Helms, Switches.Select((one, index) => one.Alternatives[combination[index]]));
        }

        for (var bits = 0; bits < 1 << OnOrOff.Length; bits++)
        {
            await RenderAsync([ChartFixture.Helms[0]], OnOrOff.Where((_, index) => (bits >> index & 1) == 1));
        }

        var taken = await kubectl.TryAsync(
            ["apply", "--dry-run=server", "--validate=strict", "-f", "-"],
            Manifest.ToYaml(all.Values),
            Token
        );

        Assert.Equal(all.Count, taken.OutputOrThrow().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.InRange(all.Count, 100, 2000);
        TestContext.Current.TestOutputHelper?.WriteLine($"{all.Count} objects");
    }

    [Theory]
    [InlineData("a second replica", "replicas=2", "replicas", "1")]
    [InlineData("a slip in a name", "persistance.size=30Gi", "persistance", "not allowed")]
    [InlineData("a slip in a name further down", "persistence.sise=30Gi", "sise", "not allowed")]
    [InlineData("a size that is none", "persistence.size=large", "size", "pattern")]
    [InlineData("an access mode for readers", "persistence.accessModes={ReadOnlyMany}", "accessModes", "ReadWriteMany")]
    [InlineData("a switch that is neither on nor off", "crd.install=maybe", "install", "boolean")]
    [InlineData("a namespace that can't be", "watchNamespaces={Team_A}", "watchNamespaces", "pattern")]
    [InlineData("a setting of no section", "settings.Stor:Root=/x", "Stor:Root", "pattern")]
    [InlineData("a tag in the repository", "image.repository=registry.example.com/x:1", "repository", "pattern")]
    [InlineData("a digest cut short", "image.digest=sha256:abc", "digest", "pattern")]
    [InlineData("a setting of the chart's own", "settings.Store:Claim=x", "Store:Claim", "use persistence.existingClaim")]
    [InlineData("the same, as a variable", "settings.store__claim=x", "store__claim", "pattern")]
    [InlineData("the namespaces as a setting", "settings.Operator__Namespaces__0=x", "Operator__Namespaces__0", "use watchNamespaces")]
    [InlineData("two databases", "database.existingSecret=x,database.connection=y", "database.connection", "set one of them")]
    [InlineData("a migration of nothing", "migration.enabled=true", "migration.enabled", "set database.existingSecret")]
    [InlineData(
        "credentials for nobody",
        "gitCredentials[0].host=a,gitCredentials[0].secret=b,gitCredentials[0].namespaces=null",
        "namespaces",
        ""
    )]
    [InlineData(
        "credentials for a URL",
        "gitCredentials[0].host=https://a,gitCredentials[0].secret=b,gitCredentials[0].namespaces={*}",
        "host",
        "pattern"
    )]
    [InlineData(
        "credentials as settings too",
        "gitCredentials[0].host=a,gitCredentials[0].secret=b,gitCredentials[0].namespaces={*},settings.Git:Credentials:0:Host=a",
        "Git:Credentials",
        "use gitCredentials"
    )]
    [InlineData(
        "webhooks without the API",
        "api.enabled=false,webhooks[0].provider=GitHub,webhooks[0].existingSecret=hook,webhooks[0].key=github",
        "webhooks",
        "set api.enabled"
    )]
    [InlineData(
        "rows that declare where nobody looks",
        "indexing.declare.enabled=true,indexing.declare.namespace=team-b,watchNamespaces={team-a}",
        "indexing.declare.namespace is team-b",
        "not in watchNamespaces: add it there"
    )]
    [InlineData(
        "the same without roles of the chart",
        "indexing.declare.enabled=true,rbac.create=false,watchNamespaces={team-a}",
        "indexing.declare.namespace is default",
        "not in watchNamespaces: add it there"
    )]
    [InlineData("a way to prune that there is not", "indexing.declare.prune=delete", "prune", "Orphan")]
    [InlineData("a Secret for no host", "indexing.declare.secrets[0].secret=git", "host", "")]
    [InlineData("a Secret for a URL", "indexing.declare.secrets[0].host=https://a,indexing.declare.secrets[0].secret=b", "host", "pattern")]
    [InlineData("pods as a setting", "settings.Indexing:PodNamespaces=x", "Indexing:PodNamespaces", "use indexing.pods.namespaces")]
    [InlineData(
        "rows that declare, as a setting",
        "settings.Indexing:Declare:Enabled=true",
        "Indexing:Declare:Enabled",
        "use indexing.declare.enabled"
    )]
    [InlineData(
        "their namespace as a setting",
        "settings.Indexing__Declare__Namespace=x",
        "Indexing__Declare__Namespace",
        "use indexing.declare.namespace"
    )]
    [InlineData("how to prune as a setting", "settings.Indexing:Declare:Prune=x", "Indexing:Declare:Prune", "use indexing.declare.prune")]
    [InlineData(
        "a Secret as a setting",
        "settings.Indexing:Declare:Secrets:0:Host=a",
        "Indexing:Declare:Secrets",
        "use indexing.declare.secrets"
    )]
    [InlineData("an account that nobody names", "serviceAccount.create=false", "serviceAccount.name", "name the ServiceAccount")]
    public async Task A_wrong_value_is_refused_with_a_clear_word(string what, string value, string name, string word)
    {
        foreach (var helm in ChartFixture.Helms)
        {
            var refused = await _fixture.Helm(helm).TryAsync(["template", Release, ChartFixture.Chart, "--set", value], Token);

            Assert.True(refused.ExitCode != 0, $"{what}, {helm}");
            Assert.Contains(name, refused.Error, StringComparison.Ordinal);
            Assert.Contains(word, refused.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task Settings_reach_the_operator_and_the_migration_as_they_were_written(string helm)
    {
        var pods = await PodsWithSettingsAsync(helm);

        Assert.All(["StatefulSet default/coderepo-operator", "Job default/coderepo-operator-migrate"], name =>
            Assert.Superset(
                new HashSet<string>
                {
                    "Store__VerifyInterval=00:00:30",
                    "Git__MaxCloneBytes=20000000000",
                    "Git__AllowedHosts__0=git.example.com",
                    "Git__AllowedHosts__1=*.example.org",
                    "Store__Quotas__0__Namespace=team-a",
                    "Store__Quotas__0__Bytes=20000000000",
                    "Store__Quotas__1__Namespace=*",
                    "Store__Quotas__1__Files=1000",
                    "Indexing__Tenants__0__Namespace=team-a",
                    "Indexing__Tenants__0__Values__0=acme",
                    "Indexing__Tenants__0__Values__1=10",
                    "Indexing__DryRun=true",
                    "Indexing__Targets__0__Table=jobs",
                },
                VariablesOf(pods[name])
            )
        );
        Assert.Superset(
            new HashSet<string> { "Operator__Namespaces__0=team-a", "Operator__Namespaces__1=team-b" },
            VariablesOf(pods["StatefulSet default/coderepo-operator"])
        );
    }

    /// <summary>A migration that did not know of them would drop the triggers that the operator listens to.</summary>
    [Theory]
    [MemberData(nameof(Helms))]
    public async Task That_rows_declare_is_known_to_the_operator_and_to_the_migration_and_is_permitted_in_one_namespace(string helm)
    {
        var objects = (
            await _fixture.TemplateAsync(
                helm,
                Release,
                "default",
                "--set",
                "database.existingSecret=db,migration.enabled=true,indexing.declare.enabled=true,indexing.declare.namespace=team-a,"
                    + "indexing.declare.prune=Orphan,indexing.declare.secrets[0].host=git.example.com,"
                    + "indexing.declare.secrets[0].secret=git,"
                    + "indexing.declare.secrets[1].host=*.example.org:8443,indexing.declare.secrets[1].secret=other,"
                    + "settings.Indexing:Declare:PollInterval=00:00:10"
            )
        ).ToDictionary(Manifest.NameOf);

        Assert.All([$"StatefulSet default/{Release}", $"Job default/{Release}-migrate"], name =>
            Assert.Equal(
                new SortedSet<string>(StringComparer.Ordinal)
                {
                    "Indexing__Declare__Enabled=true",
                    "Indexing__Declare__Namespace=team-a",
                    "Indexing__Declare__PollInterval=00:00:10",
                    "Indexing__Declare__Prune=Orphan",
                    "Indexing__Declare__Secrets__0__Host=git.example.com",
                    "Indexing__Declare__Secrets__0__Secret=git",
                    "Indexing__Declare__Secrets__1__Host=*.example.org:8443",
                    "Indexing__Declare__Secrets__1__Secret=other",
                },
                DeclaringVariablesOf(objects[name])
            )
        );
        var role = Manifest.Parse(await File.ReadAllTextAsync(Checkout.PathOf("config/rbac/declarer_role.yaml"), Token)).Single();
        Assert.Equal(role["rules"]!.ToJsonString(), objects[$"Role team-a/{Release}-declarer"]["rules"]!.ToJsonString());
        Assert.Equal(
            ("default", Release),
            (
                objects[$"RoleBinding team-a/{Release}-declarer"]["subjects"]![0]!["namespace"]!.ToString(),
                objects[$"RoleBinding team-a/{Release}-declarer"]["subjects"]![0]!["name"]!.ToString()
            )
        );
    }

    [Fact]
    public async Task Rows_declare_in_the_namespace_of_the_release_where_none_is_named_and_nothing_where_they_are_not_to()
    {
        var on = (
            await _fixture.TemplateAsync("helm", Release, "default", "--set", "indexing.declare.enabled=true,watchNamespaces={default}")
        ).ToDictionary(Manifest.NameOf);
        var off = (
            await _fixture.TemplateAsync("helm", Release, "default", "--set", "indexing.declare.namespace=team-a,watchNamespaces={default}")
        ).ToDictionary(Manifest.NameOf);

        Assert.Equal(
            ["Indexing__Declare__Enabled=true", "Indexing__Declare__Namespace=default"],
            DeclaringVariablesOf(on[$"StatefulSet default/{Release}"])
        );
        Assert.Contains($"Role default/{Release}-declarer", on.Keys);
        Assert.Empty(DeclaringVariablesOf(off[$"StatefulSet default/{Release}"]));
        Assert.DoesNotContain(off.Keys, name => name.EndsWith($"{Release}-declarer", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Helms))]
    public async Task Credentials_are_mounted_where_the_operator_looks_for_them_and_given_to_nothing_else(string helm)
    {
        var values = Path.Combine(_fixture.Directory, "values.yaml");
        await File.WriteAllTextAsync(
            values,
            """
            database: {existingSecret: db}
            migration: {enabled: true}
            gitCredentials:
              - {host: git.example.com, secret: git, namespaces: [team-a, team-b]}
              - {host: "*.example.org:8443", secret: other, namespaces: ["*"]}
            """,
            Token
        );
        var pods = (await _fixture.TemplateAsync(helm, Release, "default", "--values", values)).Where(HasPod).ToDictionary(Manifest.NameOf);

        var pod = pods[$"StatefulSet default/{Release}"];
        var directories = PodOf(pod)["containers"]![0]!["volumeMounts"]!
            .AsArray()
            .ToDictionary(mount => mount!["name"]!.ToString(), mount => mount!["mountPath"]!.ToString());
        var secrets = PodOf(pod)["volumes"]!
            .AsArray()
            .Where(volume => volume!["secret"]?["optional"]?.GetValue<bool>() == true)
            .Select(volume => (directories[volume!["name"]!.ToString()], volume["secret"]!["secretName"]!.ToString()));
        Assert.Equal([("/etc/coderepo/git-credentials/0", "git"), ("/etc/coderepo/git-credentials/1", "other")], secrets);
        Assert.Superset(
            new HashSet<string>
            {
                "Git__Credentials__0__Host=git.example.com",
                "Git__Credentials__0__Directory=/etc/coderepo/git-credentials/0",
                "Git__Credentials__0__Namespaces__0=team-a",
                "Git__Credentials__0__Namespaces__1=team-b",
                "Git__Credentials__1__Host=*.example.org:8443",
                "Git__Credentials__1__Directory=/etc/coderepo/git-credentials/1",
                "Git__Credentials__1__Namespaces__0=*",
            },
            VariablesOf(pod)
        );
        Assert.All(pods.Where(other => other.Value != pod), other =>
            Assert.DoesNotContain("git-credentials", other.Value.ToJsonString(), StringComparison.Ordinal)
        );
    }

    /// <summary>An uninstall, or an upgrade that mends a setting, would fail otherwise.</summary>
    [Fact]
    public async Task A_wrong_setting_or_a_missing_volume_stops_no_hook_that_an_upgrade_or_uninstall_needs()
    {
        var pods = await PodsWithSettingsAsync("helm");

        Assert.Equal(
            ["Operator__Namespaces__0=team-a", "Operator__Namespaces__1=team-b"],
            VariablesOf(pods["Job default/coderepo-operator-release"])
        );
        Assert.All(["resize", "resize-rollback"], name => Assert.Empty(VariablesOf(pods[$"Job default/coderepo-operator-{name}"])));
        Assert.All(pods.Where(pod => pod.Value["kind"]!.ToString() == "Job"), pod =>
            Assert.Equal(
                pod.Key.EndsWith("migrate", StringComparison.Ordinal),
                PodOf(pod.Value)["volumes"]!.ToJsonString().Contains("company-ca", StringComparison.Ordinal)
            )
        );
    }

    [Theory]
    [InlineData("coderepo-operator", "coderepo-operator")]
    [InlineData("clones", "clones-coderepo-operator")]
    public async Task Claim_Lease_and_rights_go_by_the_name_of_the_release(string release, string name)
    {
        var objects = (await _fixture.TemplateAsync("helm", release, "default")).ToDictionary(Manifest.NameOf);

        var claim = $"store-{name}-0";
        Assert.Contains(claim, objects[$"Role default/{name}-store-lease"].ToJsonString(), StringComparison.Ordinal);
        Assert.Contains($"--claim={claim}", objects[$"Job default/{name}-release"].ToJsonString(), StringComparison.Ordinal);
        Assert.Contains($"--statefulset={name}", objects[$"Job default/{name}-resize"].ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("Store__Claim=store-$(POD_NAME)", VariablesOf(objects[$"StatefulSet default/{name}"]));
    }

    [Fact]
    public async Task A_claim_of_ones_own_is_reported_to_the_operator_and_never_resized()
    {
        var objects = (await _fixture.TemplateAsync("helm", Release, "default", "--set", "persistence.existingClaim=mine")).ToDictionary(
            Manifest.NameOf
        );

        var set = objects[$"StatefulSet default/{Release}"];
        Assert.Null(set["spec"]!["volumeClaimTemplates"]);
        Assert.Contains("Store__Claim=mine", VariablesOf(set));
        Assert.Contains("\"mine\"", objects[$"Role default/{Release}-store-lease"].ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(objects.Keys, key => key.Contains("resize", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Secrets_of_webhooks_are_mounted_and_named_each_in_a_directory_of_its_own()
    {
        const string Values =
            "webhooks[0].provider=GitHub,webhooks[0].existingSecret=one,webhooks[0].key=old,webhooks[1].provider=GitHub,"
            + "webhooks[1].existingSecret=two,webhooks[1].key=new";
        var set = (await _fixture.TemplateAsync("helm", Release, "default", "--set", Values)).Single(item =>
            item["kind"]!.ToString() == "StatefulSet"
        );
        var pod = set["spec"]!["template"]!["spec"]!;
        var container = pod["containers"]![0]!;
        var variables = container["env"]!
            .AsArray()
            .ToDictionary(variable => variable!["name"]!.ToString(), variable => variable!["value"]?.ToString());
        foreach (var (index, secret, key) in new[] { (0, "one", "old"), (1, "two", "new") })
        {
            Assert.Equal("GitHub", variables[$"Hooks__Secrets__{index}__Provider"]);
            var volume = pod["volumes"]!.AsArray().Single(volume => volume!["secret"]?["secretName"]?.ToString() == secret)![
                "name"
            ]!.ToString();
            var mount = container["volumeMounts"]!.AsArray().Single(mount => mount!["name"]!.ToString() == volume)!;
            Assert.Equal(
                ("true", $"{mount["mountPath"]}/{key}"),
                (mount["readOnly"]!.ToString(), variables[$"Hooks__Secrets__{index}__File"])
            );
        }
    }

    [Fact]
    public async Task No_Service_or_StatefulSet_takes_the_pod_of_a_hook_for_the_operator()
    {
        var objects = await _fixture.TemplateAsync("helm", Release, "default", "--set", "database.existingSecret=x,migration.enabled=true");
        var selectors = objects
            .Select(item => item["spec"]?["selector"]?["matchLabels"] ?? item["spec"]?["selector"])
            .OfType<JsonObject>()
            .ToList();
        var hooks = objects
            .Where(item => HasPod(item) && Manifest.IsHook(item))
            .Select(item => item["spec"]!["template"]!["metadata"]!["labels"]!.AsObject())
            .ToList();

        Assert.Equal((4, 4), (selectors.Count, hooks.Count));
        Assert.All(selectors, selector =>
            Assert.All(hooks, labels => Assert.Contains(selector, want => labels[want.Key]?.ToString() != want.Value!.ToString()))
        );
    }

    /// <summary>Otherwise the API server would refuse the next version of the chart.</summary>
    [Fact]
    public async Task What_can_never_change_in_a_StatefulSet_holds_no_version()
    {
        var set = (await _fixture.TemplateAsync("helm", Release, "default", "--set", "commonLabels.a=b")).Single(item =>
            item["kind"]!.ToString() == "StatefulSet"
        );

        foreach (
            var labels in new[]
            {
                set["spec"]!["selector"]!["matchLabels"],
                set["spec"]!["volumeClaimTemplates"]![0]!["metadata"]!["labels"],
            }
        )
        {
            Assert.Equal(
                ["app.kubernetes.io/instance", "app.kubernetes.io/name"],
                labels!.AsObject().Select(label => label.Key).Order(StringComparer.Ordinal)
            );
        }
    }

    [Theory]
    [InlineData("1.20.0", "policy/v1beta1")]
    [InlineData("1.28.0", "policy/v1")]
    public async Task The_PodDisruptionBudget_is_of_the_version_that_the_cluster_has(string version, string expected)
    {
        var objects = await _fixture.TemplateAsync(
            "helm",
            Release,
            "default",
            "--set",
            "podDisruptionBudget.enabled=true",
            "--kube-version",
            version
        );

        Assert.Equal(expected, objects.Single(item => item["kind"]!.ToString() == "PodDisruptionBudget")["apiVersion"]!.ToString());
    }

    [Theory]
    [InlineData("helm", "replicas=1", "stuck indexing rows is off", "must be prepared once")]
    [InlineData("helm4", "replicas=1", "stuck indexing rows is off", "must be prepared once")]
    [InlineData("helm", "database.existingSecret=x", "must be prepared once", "is off")]
    [InlineData(
        "helm",
        "database.existingSecret=x,migration.enabled=true",
        "rollout status statefulset/clones-coderepo-operator",
        "must be prepared once"
    )]
    [InlineData("helm", "watchNamespaces={team-a}", "metadata: {name: hello, namespace: team-a}", "namespace: default")]
    [InlineData("helm", "persistence.existingClaim=mine", "on the claim mine.", "store-clones")]
    [InlineData("helm", "replicas=0", "the operator does not run", "coderepo-system")]
    public async Task The_notes_say_what_is_next_and_what_is_off(string helm, string values, string reported, string unreported)
    {
        // Without what the cluster has already, of which Helm 3 asks even so.
        var installed = await _fixture
            .Helm(helm)
            .RunAsync(
                [
                    "install",
                    "clones",
                    ChartFixture.Chart,
                    "--namespace",
                    "default",
                    "--dry-run=client",
                    "--set",
                    $"crd.install=false,rbac.userRoles=false,{values}",
                ],
                Token
            );

        var notes = installed[installed.IndexOf("NOTES:", StringComparison.Ordinal)..];
        Assert.Contains(reported, notes, StringComparison.Ordinal);
        Assert.DoesNotContain(unreported, notes, StringComparison.Ordinal);
    }

    [Fact]
    public void The_restricted_profile_is_one_that_refuses()
    {
        var errors = RestrictedProfile.ErrorsOf(
            JsonNode.Parse(
                """
                {"hostNetwork": true, "volumes": [{"name": "v", "hostPath": {"path": "/"}}],
                 "containers": [{"name": "c", "ports": [{"hostPort": 1}], "securityContext": {"privileged": true, "runAsUser": 0}}]}
                """
            )!
        );

        Assert.Equal(
            [
                "hostNetwork",
                "volume v: hostPath",
                "container c: privileged",
                "container c: runAsUser",
                "container c: runAsNonRoot",
                "container c: seccompProfile",
                "container c: allowPrivilegeEscalation",
                "container c: capabilities",
                "container c: hostPort",
            ],
            errors
        );
    }

    private static IEnumerable<string> Texts(IEnumerable<JsonObject> objects) =>
        objects.Select(item => item.ToJsonString()).Order(StringComparer.Ordinal);

    private static bool HasPod(JsonObject item) => item["spec"]?["template"]?["spec"] is not null;

    private static JsonNode PodOf(JsonObject item) => item["spec"]!["template"]!["spec"]!;

    private static HashSet<string> VariablesOf(JsonObject item) =>
        [.. (PodOf(item)["containers"]![0]!["env"]?.AsArray() ?? []).Select(variable => $"{variable!["name"]}={variable["value"]}")];

    private static SortedSet<string> DeclaringVariablesOf(JsonObject item) =>
        new(
            VariablesOf(item).Where(variable => variable.StartsWith("Indexing__Declare__", StringComparison.Ordinal)),
            StringComparer.Ordinal
        );

    /// <summary>All that has a pod, by its name, with settings and extras of all kinds.</summary>
    private async Task<Dictionary<string, JsonObject>> PodsWithSettingsAsync(string helm)
    {
        var values = Path.Combine(_fixture.Directory, "values.yaml");
        await File.WriteAllTextAsync(
            values,
            """
            watchNamespaces: [team-a, team-b]
            database: {existingSecret: db}
            migration: {enabled: true}
            settings:
              Store:VerifyInterval: 00:00:30
              Git:MaxCloneBytes: 20000000000
              Git:AllowedHosts: [git.example.com, "*.example.org"]
              Indexing__DryRun: true
              Indexing:Targets:0:Table: jobs
              Store:Quotas: [{Namespace: team-a, Bytes: 20000000000}, {Namespace: "*", Files: 1000}]
              Indexing:Tenants: [{Namespace: team-a, Values: [acme, "10"]}]
            extraEnv: [{name: HTTPS_PROXY, value: "http://proxy:3128"}]
            extraVolumes: [{name: ca, configMap: {name: company-ca}}]
            extraVolumeMounts: [{name: ca, mountPath: /etc/ca}]
            """,
            Token
        );
        return (await _fixture.TemplateAsync(helm, Release, "default", "--values", values)).Where(HasPod).ToDictionary(Manifest.NameOf);
    }

    /// <summary>kubectl, in a cluster that has the kinds of the Prometheus operator.</summary>
    private async Task<Kubectl> KubectlThatKnowsMonitoringAsync()
    {
        await cluster.ApplyAsync(Checkout.PathOf("tests/Operator.IntegrationTests/Installing/monitoring.coreos.com.yaml"), Token);
        var kubectl = new Kubectl(cluster.Programs, cluster.AdminKubeconfig, Path.Combine(_fixture.Directory, "kubectl-cache"));
        await Eventually.HoldsAsync(
            "ServiceMonitors and PrometheusRules are explained",
            async token =>
            {
                // What it remembers of the server may be from before.
                Directory.CreateDirectory(Path.Combine(_fixture.Directory, "kubectl-cache"));
                kubectl.Forget();
                var monitors = await kubectl.TryAsync(["explain", "servicemonitors.spec.endpoints"], input: "", token);
                var rules = await kubectl.TryAsync(["explain", "prometheusrules.spec.groups"], input: "", token);
                return (monitors.ExitCode, rules.ExitCode) == (0, 0);
            },
            TimeSpan.FromSeconds(60),
            Token
        );
        return kubectl;
    }
}
