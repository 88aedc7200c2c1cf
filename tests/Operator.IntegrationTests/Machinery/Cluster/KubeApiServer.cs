using System.Globalization;
using k8s;
using k8s.KubeConfigModels;
using k8s.Models;

[assembly: AssemblyFixture(typeof(CodeRepoOperator.Machinery.Cluster.KubeApiServer))]

namespace CodeRepoOperator.Machinery.Cluster;

/// <summary>
/// A real API server with this project's CRD and RBAC applied, shared by all tests of the assembly: each test takes
/// namespaces of its own. There are no controllers, so nothing makes default ServiceAccounts or runs pods.
/// </summary>
public sealed class KubeApiServer : IAsyncLifetime
{
    /// <summary>Namespace of the operator, as in config/rbac.</summary>
    public const string OperatorNamespace = "coderepo-system";

    /// <summary>ServiceAccount of the operator, as in config/rbac.</summary>
    public const string OperatorAccount = "coderepo-operator";

    /// <summary>The claim of the operator's store, after which its Lease is named, as in config/rbac.</summary>
    public const string OperatorClaim = "store-coderepo-operator-0";

    private readonly string? crdVersion;
    private readonly string directory = Directory.CreateTempSubdirectory("coderepo-control-plane-").FullName;
    private readonly List<IKubernetes> clients = [];
    private ControlPlaneProcess? process;
    private Kubectl? kubectl;
    private Kubernetes? admin;
    private int namespaces;

    /// <summary>One whose kube-apiserver serves CodeRepos itself.</summary>
    public KubeApiServer() { }

    /// <summary>One whose CRDs and CodeRepos are served by the server of a newer Kubernetes.</summary>
    /// <param name="crdVersion">As which Kubernetes it serves them (1.36).</param>
    internal KubeApiServer(string crdVersion) => this.crdVersion = crdVersion;

    /// <summary>Kubeconfig of a member of system:masters.</summary>
    public string AdminKubeconfig => Path.Combine(directory, "admin.kubeconfig");

    /// <summary>The port of the API server.</summary>
    public int Port => Admin.BaseUri.Port;

    /// <summary>Where etcd listens for clients, over HTTP.</summary>
    public Uri Etcd => new(File.ReadAllText(Path.Combine(directory, "etcd.url")).Trim());

    /// <summary>Where etcd keeps its data.</summary>
    public string EtcdData => Path.Combine(directory, "etcd");

    /// <summary>A client that may do everything.</summary>
    public IKubernetes Admin => admin ?? throw NotStarted();

    /// <summary>kubectl that may do everything.</summary>
    public Kubectl Kubectl => kubectl ?? throw NotStarted();

    /// <summary>The PATH in which kubectl and Helm are found.</summary>
    public string Programs { get; private set; } = "";

    /// <summary>Version of the API server.</summary>
    public Version Version { get; private set; } = new();

    /// <summary>As which Kubernetes CRDs and CodeRepos are served.</summary>
    public Version CrdVersion => crdVersion is null ? Version : Version.Parse(crdVersion);

    /// <summary>Whether this API server enforces x-kubernetes-validations (CEL).</summary>
    public bool EnforcesRules => CrdVersion >= new Version(1, 25);

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        process = await ControlPlaneProcess.StartAsync(directory, crdVersion, cancellationToken);
        Programs = await AssetsPathAsync(cancellationToken);
        kubectl = new Kubectl(Programs, AdminKubeconfig, Path.Combine(directory, "kubectl-cache"));
        admin = Remember(new Kubernetes(await AdminConfigurationAsync()));
        var code = await admin.Version.GetCodeAsync(cancellationToken);
        // Minor may be "28+".
        Version = new Version(
            int.Parse(code.Major, CultureInfo.InvariantCulture),
            int.Parse(code.Minor.TrimEnd('+'), CultureInfo.InvariantCulture)
        );
        await ApplyAsync(Checkout.PathOf("config/crd"), cancellationToken);
        await ApplyAsync(Checkout.PathOf("config/rbac"), cancellationToken);
        await Eventually.HoldsAsync("coderepos are served", IsServedAsync, TimeSpan.FromSeconds(30), cancellationToken);
        if (crdVersion is not null)
        {
            // kubectl explain asks kube-apiserver too, and that does not know what another serves.
            return;
        }

        // The documentation of a new type comes a moment after the type.
        await Eventually.SeeAsync(
            "kubectl explains coderepos",
            token => kubectl.TryAsync(["explain", "crepo.spec"], input: "", token),
            explained => explained.Output.Contains("git_url", StringComparison.Ordinal),
            TimeSpan.FromSeconds(30),
            cancellationToken
        );
        kubectl.Forget();
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        if (process is not null)
        {
            await process.DisposeAsync();
        }

        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Makes a namespace that no other test has.</summary>
    public async Task<string> CreateNamespaceAsync(CancellationToken cancellationToken)
    {
        var name = $"test-{Interlocked.Increment(ref namespaces)}";
        await Admin.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = name } },
            cancellationToken: cancellationToken
        );
        return name;
    }

    /// <summary>Applies a file or a kustomization as a user would.</summary>
    public async Task ApplyAsync(string path, CancellationToken cancellationToken)
    {
        var option = Directory.Exists(path) ? "--kustomize" : "--filename";
        // kubectl asks kube-apiserver what a CRD has. One without CEL knows no x-kubernetes-validations, whoever serves CRDs beside it.
        var validate = Version >= new Version(1, 25) ? "true" : "false";
        await Kubectl.RunAsync(["apply", $"{option}={path}", $"--validate={validate}"], cancellationToken);
    }

    /// <summary>Kills or starts a server: only where no other test uses them.</summary>
    /// <param name="order"><c>kill</c> or <c>start</c>, and <c>etcd</c> or <c>kube-apiserver</c>.</param>
    /// <param name="cancellationToken">The test's token.</param>
    internal Task OrderAsync(string order, CancellationToken cancellationToken) =>
        (process ?? throw NotStarted()).OrderAsync(order, cancellationToken);

    /// <summary>What a process needs to be a ServiceAccount: the address and an hour's token, not more.</summary>
    public async Task<KubernetesClientConfiguration> ConfigurationForServiceAccountAsync(
        string accountNamespace,
        string name,
        CancellationToken cancellationToken
    )
    {
        var request = new Authenticationv1TokenRequest { Spec = new V1TokenRequestSpec { ExpirationSeconds = 3600 } };
        var issued = await Admin.CoreV1.CreateNamespacedServiceAccountTokenAsync(
            request,
            name,
            accountNamespace,
            cancellationToken: cancellationToken
        );
        var configuration = await AdminConfigurationAsync();
        configuration.AccessToken = issued.Status.Token;
        return configuration;
    }

    /// <summary>A kubeconfig for a process that is to be a ServiceAccount.</summary>
    public async Task<K8SConfiguration> KubeconfigForServiceAccountAsync(
        string accountNamespace,
        string name,
        CancellationToken cancellationToken
    )
    {
        var account = await ConfigurationForServiceAccountAsync(accountNamespace, name, cancellationToken);
        var kubeconfig = await KubernetesClientConfiguration.LoadKubeConfigAsync(AdminKubeconfig);
        foreach (var user in kubeconfig.Users)
        {
            user.UserCredentials.Token = account.AccessToken;
        }

        return kubeconfig;
    }

    /// <summary>A client with the rights of a ServiceAccount; it lives as long as this fixture.</summary>
    public async Task<IKubernetes> ClientForServiceAccountAsync(
        string accountNamespace,
        string name,
        CancellationToken cancellationToken
    ) => Remember(new Kubernetes(await ConfigurationForServiceAccountAsync(accountNamespace, name, cancellationToken)));

    /// <summary>A client with the rights that config/rbac gives the operator.</summary>
    public Task<IKubernetes> ClientForOperatorAsync(CancellationToken cancellationToken) =>
        ClientForServiceAccountAsync(OperatorNamespace, OperatorAccount, cancellationToken);

    private static InvalidOperationException NotStarted() => new("the API server has not been started");

    private static async Task<string> AssetsPathAsync(CancellationToken cancellationToken)
    {
        var outcome = await ProcessRunner.RunAsync(
            "bash",
            [Checkout.PathOf("hack/control-plane.sh"), "assets"],
            new Dictionary<string, string>(),
            input: "",
            cancellationToken
        );
        return $"{outcome.OutputOrThrow().Trim()}:{Environment.GetEnvironmentVariable("PATH")}";
    }

    private Task<KubernetesClientConfiguration> AdminConfigurationAsync() =>
        KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(AdminKubeconfig));

    private async Task<bool> IsServedAsync(CancellationToken cancellationToken)
    {
        await Admin.CustomObjects.ListClusterCustomObjectAsync(
            "coderepo.dev",
            "v1alpha1",
            "coderepos",
            cancellationToken: cancellationToken
        );
        return true;
    }

    private Kubernetes Remember(Kubernetes client)
    {
        lock (clients)
        {
            clients.Add(client);
        }

        return client;
    }
}
