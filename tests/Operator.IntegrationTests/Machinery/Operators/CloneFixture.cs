using System.Text;
using CodeRepoOperator.Entities;
using GitServer;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>All that a test of the whole needs: a namespace, a git server with one repository, a store, and operators.</summary>
internal sealed class CloneFixture : IAsyncDisposable
{
    /// <summary>Long enough for what takes a second or two on a busy machine.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    private readonly TemporaryDirectory _directory;
    private readonly KubeApiServer _cluster;
    private readonly List<OperatorProcess> _operators = [];

    private CloneFixture(
        KubeApiServer cluster,
        TemporaryDirectory directory,
        string home,
        string ofNamespace,
        GitHttpServer server,
        GitProject project
    )
    {
        (_cluster, _directory, Home, Namespace, Server, Project) = (cluster, directory, home, ofNamespace, server, project);
        Account = (Home, KubeApiServer.OperatorAccount);
        Store = directory.New("store");
    }

    /// <summary>The namespace in which its operators are at home.</summary>
    public string Home { get; }

    /// <summary>The namespace of its CodeRepos.</summary>
    public string Namespace { get; }

    public GitHttpServer Server { get; }

    public GitProject Project { get; }

    public string Store { get; }

    /// <summary>What operators that are started go through to the API server; null: nothing.</summary>
    public ApiProxy? Api { get; set; }

    /// <summary>The port by which operators reach the API server; null: its own.</summary>
    public int? ApiServerPort { get; init; }

    /// <summary>The ServiceAccount of operators that are started. Default: that of config/rbac, at home.</summary>
    public (string Namespace, string Name) Account { get; set; }

    public static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<CloneFixture> StartAsync(KubeApiServer cluster, int? apiServerPort = null, GitHttpServerOptions? server = null)
    {
        var directory = new TemporaryDirectory();
        var served = directory.New("served");
        var project = await GitProject.CreateAsync(served, "hello.git");
        await project.CommitAsync("src/hello.txt", "hello\n");
        await project.CommitAsync("README.md", "# hello\n");
        var home = await OperatorHome.CreateAsync(cluster, Token);
        return new CloneFixture(
            cluster,
            directory,
            home,
            await cluster.CreateNamespaceAsync(Token),
            await GitHttpServer.StartAsync(served, server),
            project
        )
        {
            ApiServerPort = apiServerPort,
        };
    }

    /// <summary>Where the clone of a CodeRepo is published.</summary>
    public string Clone(string name = "hello") => Path.Combine(Store, Namespace, name);

    /// <summary>
    /// Serves the repository under another name too. CodeRepos of one URL share files on the volume, so what is done to the clone of one is
    /// done to that of others.
    /// </summary>
    /// <returns>Its URL.</returns>
    public string ServeAs(string name)
    {
        File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(Project.Bare)!, $"{name}.git"), Project.Bare);
        return Server.UrlOf($"{name}.git");
    }

    /// <summary>Takes a clone off the volume, at once: bit by bit, a glance in between would see another loss.</summary>
    public void LoseClone(string name = "hello")
    {
        var lost = $"{Store}-lost-{Guid.NewGuid():n}";
        Directory.Move(Clone(name), lost);
        Directory.Delete(lost, recursive: true);
    }

    /// <summary>Starts an operator as its ServiceAccount.</summary>
    public Task<OperatorProcess> StartOperatorAsync(params (string Name, string Value)[] settings) => StartOperatorUnderAsync([], settings);

    /// <summary>Starts an operator as its ServiceAccount, by way of another program that becomes it.</summary>
    public async Task<OperatorProcess> StartOperatorUnderAsync(IEnumerable<string> tracer, params (string Name, string Value)[] settings)
    {
        var account = await _cluster.KubeconfigForServiceAccountAsync(Account.Namespace, Account.Name, Token);
        var kubeconfig = Path.Combine(_directory.New("operator"), "kubeconfig");
        foreach (var known in account.Clusters)
        {
            known.ClusterEndpoint.Server = $"https://127.0.0.1:{ApiServerPort ?? _cluster.Port}";
        }

        Api?.Redirect(account);
        await File.WriteAllTextAsync(kubeconfig, KubernetesYaml.Serialize(account), Token);
        var started = OperatorProcess.StartUnder(tracer, kubeconfig, Home, Namespace, Store, settings);
        _operators.Add(started);
        return started;
    }

    /// <summary>Starts an operator and waits until it is ready.</summary>
    public async Task<OperatorProcess> StartReadyOperatorAsync(params (string Name, string Value)[] settings)
    {
        var started = await StartOperatorAsync(settings);
        await started.WhenReadyAsync(Token);
        return started;
    }

    /// <summary>Creates a CodeRepo of the repository.</summary>
    public async Task<CodeRepo> CreateAsync(Action<CodeRepo>? change = null)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta { Name = "hello", NamespaceProperty = Namespace },
            Spec = new CodeRepoSpec { GitUrl = Server.UrlOf("hello.git"), Interval = "0s" },
        };
        change?.Invoke(repo);
        return await _cluster.Admin.CustomObjects.CreateNamespacedCustomObjectAsync<CodeRepo>(
            repo,
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            cancellationToken: Token
        );
    }

    /// <summary>Creates a Secret, or replaces what it holds.</summary>
    public async Task PutSecretAsync(string name, params (string Key, string Value)[] keys)
    {
        var secret = new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = name },
            Data = keys.ToDictionary(key => key.Key, key => Encoding.UTF8.GetBytes(key.Value)),
        };
        var known = await _cluster.Admin.CoreV1.ListNamespacedSecretAsync(
            Namespace,
            fieldSelector: $"metadata.name={name}",
            cancellationToken: Token
        );
        await (
            known.Items.Count == 0
                ? _cluster.Admin.CoreV1.CreateNamespacedSecretAsync(secret, Namespace, cancellationToken: Token)
                : _cluster.Admin.CoreV1.ReplaceNamespacedSecretAsync(secret, name, Namespace, cancellationToken: Token)
        );
    }

    /// <summary>Patches a CodeRepo as a user would with <c>kubectl patch --type merge</c>.</summary>
    public Task PatchAsync(object patch, string name = "hello") =>
        _cluster.Admin.CustomObjects.PatchNamespacedCustomObjectAsync(
            new V1Patch(patch, V1Patch.PatchType.MergePatch),
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    /// <summary>Asks for a reconcile now.</summary>
    public Task RequestAsync(string requestedAt) =>
        PatchAsync(
            new { metadata = new { annotations = new Dictionary<string, string> { [CodeRepo.RequestedAtAnnotation] = requestedAt } } }
        );

    /// <summary>Deletes a CodeRepo and does not wait for it to be gone.</summary>
    public Task DeleteAsync(string name = "hello") =>
        _cluster.Admin.CustomObjects.DeleteNamespacedCustomObjectAsync(
            CodeRepo.Group,
            CodeRepo.Version,
            Namespace,
            CodeRepo.Plural,
            name,
            cancellationToken: Token
        );

    /// <summary>The CodeRepos of the namespace.</summary>
    public async Task<IList<CodeRepo>> ListAsync() =>
        (
            await _cluster.Admin.CustomObjects.ListNamespacedCustomObjectAsync<KubernetesList<CodeRepo>>(
                CodeRepo.Group,
                CodeRepo.Version,
                Namespace,
                CodeRepo.Plural,
                cancellationToken: Token
            )
        ).Items;

    /// <summary>A CodeRepo as it is now.</summary>
    public async Task<CodeRepo> GetAsync(string name = "hello") => (await ListAsync()).Single(repo => repo.Metadata.Name == name);

    /// <summary>Waits until a CodeRepo is as expected.</summary>
    public Task<CodeRepo> SeeAsync(string expectation, Func<CodeRepo, bool> holds, string name = "hello") =>
        Eventually.SeeAsync(expectation, _ => GetAsync(name), holds, Soon, Token);

    /// <summary>Waits until a condition has a status and a reason.</summary>
    public Task<CodeRepo> SeeConditionAsync(string type, string status, string reason) =>
        SeeAsync($"{type} is {status}, {reason}", repo =>
            Condition(repo, type) is { } condition && condition.Status == status && condition.Reason == reason
        );

    /// <summary>Waits until the clone on the volume is of a commit and its bytes are those that git checks out.</summary>
    public Task SeeCloneAsync(string commit, string name = "hello") =>
        Eventually.HoldsAsync(
            $"a clone of {commit}",
            async _ =>
            {
                var clone = Clone(name);
                await GitCommand.RunAsync(clone, "fsck", "--strict", "--no-dangling");
                return await GitCommand.RunAsync(clone, "rev-parse", "HEAD") == commit
                    && (await GitCommand.RunAsync(clone, "status", "--porcelain", "--ignored")).Length == 0;
            },
            Soon,
            Token
        );

    /// <summary>The reasons of all events of the namespace, in no order.</summary>
    public async Task<IReadOnlyList<string>> AllEventsAsync() =>
        [
            .. (await _cluster.Admin.EventsV1.ListNamespacedEventAsync(Namespace, cancellationToken: Token)).Items.Select(item =>
                item.Reason
            ),
        ];

    /// <summary>The reasons of the events on a CodeRepo, oldest first.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string name = "hello") =>
        [
            .. (await _cluster.Admin.EventsV1.ListNamespacedEventAsync(Namespace, cancellationToken: Token))
                .Items.Where(item => item.Regarding?.Name == name)
                .OrderBy(item => item.EventTime)
                .Select(item => item.Reason),
        ];

    /// <summary>A condition of a CodeRepo.</summary>
    public static V1Condition? Condition(CodeRepo repo, string type) =>
        repo.Status?.Conditions?.FirstOrDefault(condition => condition.Type == type);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        foreach (var started in _operators)
        {
            // Shown where the test fails, which is not known yet.
            TestContext.Current.TestOutputHelper?.WriteLine(started.Log);
            await started.DisposeAsync();
        }

        await Server.DisposeAsync();
        _directory.Dispose();
    }
}
