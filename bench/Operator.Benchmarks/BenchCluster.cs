using System.Net;
using CodeRepoOperator.Entities;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator;

/// <summary>A real API server that knows CodeRepos, and a git server with the small repository.</summary>
internal sealed class BenchCluster : IAsyncDisposable
{
    /// <summary>Of the CodeRepo that is measured.</summary>
    public const string Name = "small";

    /// <summary>Of all that is made in the API server.</summary>
    public const string Namespace = "bench";

    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    private readonly string _directory = Directory.CreateTempSubdirectory("coderepo-bench-").FullName;
    private ControlPlaneProcess? _process;
    private GitServer.GitHttpServer? _git;
    private Kubernetes? _admin;

    private BenchCluster() { }

    /// <summary>Where an operator may keep its clones.</summary>
    public string Store => Path.Combine(_directory, "store");

    /// <summary>The git server.</summary>
    public GitServer.GitHttpServer Git => _git!;

    /// <summary>The API server, for one who may do everything.</summary>
    public IKubernetes Admin => _admin!;

    /// <summary>The URL of the small repository.</summary>
    public string Url => Git.UrlOf("small.git");

    private string Served => Path.Combine(_directory, "served");

    private string Kubeconfig => Path.Combine(_directory, "control-plane", "admin.kubeconfig");

    public static async Task<BenchCluster> StartAsync(CancellationToken cancellationToken, int files = 100)
    {
        var cluster = new BenchCluster();
        try
        {
            await cluster.BeginAsync(files, cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The settings of an operator on <see cref="Store"/>, as environment variables spell them.</summary>
    public IEnumerable<(string Name, string Value)> Settings(TimeSpan verifyInterval) =>
        [
            ("KUBECONFIG", Kubeconfig),
            ("Operator__Namespaces__0", Namespace),
            ("Store__Root", Store),
            ("Store__Claim", "store-bench-0"),
            ("Store__Namespace", Namespace),
            ("Store__VerifyInterval", verifyInterval.ToString()),
            ("Store__TrashGracePeriod", "00:00:00"),
            ("Git__PermittedNetworks__0", "127.0.0.0/8"),
            ("Serving__Address", "127.0.0.1"),
            ("Api__Address", "127.0.0.1"),
        ];

    /// <summary>A path beside the store where nothing is yet.</summary>
    public string NewPath() => Path.Combine(_directory, Guid.NewGuid().ToString("n"));

    public Task CreateAsync(CancellationToken cancellationToken) => CreateAsync(Name, cancellationToken);

    /// <summary>Serves the small repository under another name too.</summary>
    public void ServeAs(string name) => ServeAs(name, "small");

    /// <summary>Serves a repository under another name too.</summary>
    public void ServeAs(string name, string repository) => Directory.CreateSymbolicLink(PathOf(name), PathOf(repository));

    /// <summary>Serves another repository.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="stream">What is in it, for <c>git fast-import</c>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ImportAsync(string name, string stream, CancellationToken cancellationToken)
    {
        await GitProgram.RunAsync("/", null, cancellationToken, "init", "-q", "--bare", "-b", "main", PathOf(name));
        await GitProgram.RunAsync(PathOf(name), stream, cancellationToken, "fast-import", "--quiet");
    }

    /// <summary>The newest commit of the small repository.</summary>
    public async Task<string> CommitOfSmallAsync(CancellationToken cancellationToken) =>
        (await GitProgram.ReadAsync(PathOf("small"), null, cancellationToken, "rev-parse", "main")).Trim();

    /// <summary>Creates a CodeRepo of the repository of this name.</summary>
    public Task CreateAsync(string name, CancellationToken cancellationToken) => CreateAsync(name, _ => { }, cancellationToken);

    /// <summary>Creates a CodeRepo of the repository of this name, with what else it is to have.</summary>
    public Task CreateAsync(string name, Action<CodeRepoSpec> complete, CancellationToken cancellationToken)
    {
        var spec = new CodeRepoSpec { GitUrl = Git.UrlOf($"{name}.git"), Interval = "0s" };
        complete(spec);
        return _admin!.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            new CodeRepo
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = Namespace },
                Spec = spec,
            },
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            cancellationToken: cancellationToken
        );
    }

    /// <summary>Whether there is a CodeRepo of this name.</summary>
    public async Task<bool> HasAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await _admin!.CustomObjects.GetNamespacedCustomObjectAsync(
                CodeRepo.Group,
                CodeRepo.Version,
                Namespace,
                CodeRepo.Plural,
                name,
                cancellationToken
            );
            return true;
        }
        catch (HttpOperationException error) when (error.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    public Task PatchAsync(string name, V1Patch patch, CancellationToken cancellationToken) =>
        _admin!.CustomObjects.PatchNamespacedCustomObjectAsync(
            patch,
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: cancellationToken
        );

    public Task DeleteAsync(string name, CancellationToken cancellationToken) =>
        _admin!.CustomObjects.DeleteNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: cancellationToken
        );

    /// <summary>Waits until the CodeRepo is Ready after so many re-clones.</summary>
    public Task<CodeRepo> SeeReadyAsync(int reclones, CancellationToken cancellationToken) =>
        SeeReadyAsync(Name, reclones, cancellationToken);

    /// <summary>Waits until the CodeRepo of this name is Ready after so many re-clones.</summary>
    public async Task<CodeRepo> SeeReadyAsync(string name, int reclones, CancellationToken cancellationToken)
    {
        while (true)
        {
            var repo = await _admin!.CustomObjects.GetNamespacedCustomObjectAsync<CodeRepo>(
                CodeRepo.Group,
                CodeRepo.Version,
                Namespace,
                CodeRepo.Plural,
                name,
                cancellationToken
            );
            if (
                repo.Status?.Reclones == reclones
                && repo.Status.Conditions?.Any(condition => condition is { Type: ConditionTypes.Ready, Status: "True" }) == true
            )
            {
                return repo;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _admin?.Dispose();
        if (_git is not null)
        {
            await _git.DisposeAsync();
        }

        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private string PathOf(string name) => Path.Combine(Served, $"{name}.git");

    private async Task BeginAsync(int files, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Store);
        Directory.CreateDirectory(Served);
        await SampleRepository.CreateAsync(PathOf("small"), files, cancellationToken);
        _git = await GitServer.GitHttpServer.StartAsync(Served);
        _process = await ControlPlaneProcess.StartAsync(
            Directory.CreateDirectory(Path.GetDirectoryName(Kubeconfig)!).FullName,
            crdVersion: null,
            cancellationToken
        );
        _admin = new Kubernetes(KubernetesClientConfiguration.BuildConfigFromConfigFile(Kubeconfig));
        await _admin.CoreV1.CreateNamespaceAsync(
            new V1Namespace { Metadata = new V1ObjectMeta { Name = Namespace } },
            cancellationToken: cancellationToken
        );
        var definition = await KubernetesYaml.LoadFromFileAsync<V1CustomResourceDefinition>(
            Checkout.PathOf("config/crd/coderepo.dev_coderepos.yaml")
        );
        await _admin.ApiextensionsV1.CreateCustomResourceDefinitionAsync(definition, cancellationToken: cancellationToken);
        await Eventually.HoldsAsync("coderepos are served", IsServedAsync, Soon, cancellationToken);
    }

    private async Task<bool> IsServedAsync(CancellationToken cancellationToken)
    {
        await _admin!.CustomObjects.ListNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            cancellationToken: cancellationToken
        );
        return true;
    }
}
