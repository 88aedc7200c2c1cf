using System.Text.Json.Nodes;

namespace CodeRepoOperator.Installing;

/// <summary>The chart, both Helms, and a cluster to put it on.</summary>
internal sealed class ChartFixture(KubeApiServer cluster) : IDisposable
{
    /// <summary>The programs of both Helms.</summary>
    public static readonly string[] Helms = ["helm", "helm4"];

    private readonly TemporaryDirectory _directory = new();

    /// <summary>The chart in the checkout.</summary>
    public static string Chart { get; } = Checkout.PathOf("charts/coderepo-operator");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A directory for files of the test.</summary>
    public string Directory => _directory.Path;

    /// <summary>A Helm.</summary>
    public Helm Helm(string program) => new(program, cluster.Programs, cluster.AdminKubeconfig, Path.Combine(Directory, program));

    /// <summary>What an install has to add where the API server does not know the rules in the CRD.</summary>
    public string[] ToleratingTheRules(Helm helm) =>
        cluster.EnforcesRules ? []
        : helm.AppliesServerSide ? ["--disable-openapi-validation", "--server-side=false"]
        : ["--disable-openapi-validation"];

    /// <summary>The objects that the chart gives.</summary>
    public async Task<IReadOnlyList<JsonObject>> TemplateAsync(
        string program,
        string release,
        string ofNamespace,
        params string[] values
    ) =>
        Manifest.Parse(
            await Helm(program)
                .RunAsync(
                    ["template", release, Chart, "--namespace", ofNamespace, "--kube-version", $"{cluster.Version}.0", .. values],
                    Token
                )
        );

    /// <summary>Makes some of the chart's objects, without Helm.</summary>
    public async Task ApplyAsync(IEnumerable<JsonObject> objects) =>
        (await cluster.Kubectl.TryAsync(["apply", "-f", "-"], Manifest.ToYaml(objects), Token)).OutputOrThrow();

    /// <summary>Writes a kubeconfig with the rights of a ServiceAccount.</summary>
    public async Task<string> KubeconfigAsync(string ofNamespace, string account)
    {
        var path = Path.Combine(Directory, $"{account}.kubeconfig");
        await File.WriteAllTextAsync(
            path,
            k8s.KubernetesYaml.Serialize(await cluster.KubeconfigForServiceAccountAsync(ofNamespace, account, Token)),
            Token
        );
        return path;
    }

    /// <inheritdoc />
    public void Dispose() => _directory.Dispose();
}
