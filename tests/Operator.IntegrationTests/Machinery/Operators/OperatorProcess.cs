using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>The operator as users run it: its own program, with the rights of config/rbac, watching one namespace.</summary>
internal sealed class OperatorProcess : IAsyncDisposable
{
    private static readonly string Program = Path.Combine(AppContext.BaseDirectory, "coderepo-operator");

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly StringBuilder _log = new();

    private OperatorProcess(Process process, int port, int apiPort)
    {
        (_process, ApiPort) = (process, apiPort);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>Where it serves health and metrics, on 127.0.0.1.</summary>
    public int Port => _http.BaseAddress!.Port;

    /// <summary>Where it serves the API, on 127.0.0.1.</summary>
    public int ApiPort { get; }

    /// <summary>All that it has written so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>The processes that it has started and that have not ended.</summary>
    public IReadOnlyList<string> Children =>
        [
            .. Directory
                .GetDirectories("/proc")
                .Select(StatOf)
                .Where(stat =>
                    stat.Contains($") S {_process.Id} ", StringComparison.Ordinal)
                    || stat.Contains($") R {_process.Id} ", StringComparison.Ordinal)
                ),
        ];

    /// <param name="tracer">Another program that becomes it, as <see cref="Strace"/> does; empty: none.</param>
    /// <param name="kubeconfig">Its way to the API server.</param>
    /// <param name="home">The namespace that it runs in.</param>
    /// <param name="watched">The namespace that it watches.</param>
    /// <param name="store">Its store.</param>
    /// <param name="settings">More settings, or others: name and value.</param>
    public static OperatorProcess StartUnder(
        IEnumerable<string> tracer,
        string kubeconfig,
        string home,
        string watched,
        string store,
        params (string Name, string Value)[] settings
    )
    {
        var (port, apiPort) = (FreePort.Next(), FreePort.Next());
        string[] command = [.. tracer, Program];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        (string Name, string Value)[] all =
        [
            ("KUBECONFIG", kubeconfig),
            ("Operator__Namespaces__0", watched),
            // Long enough for a busy machine: a sixth of it is what a response may take. Short enough for a test that kills its holder.
            ("Operator__LeaseDuration", "00:00:09"),
            ("Store__Root", store),
            ("Store__Claim", KubeApiServer.OperatorClaim),
            ("Store__Namespace", home),
            ("Store__Node", "node-1"),
            ("Store__VerifyInterval", "00:00:01"),
            ("Store__TrashGracePeriod", "00:00:01"),
            ("Git__PermittedNetworks__0", "127.0.0.0/8"),
            ("Git__MinInterval", "00:00:01"),
            ("Serving__Address", "127.0.0.1"),
            ("Serving__Port", port.ToString(CultureInfo.InvariantCulture)),
            ("Api__Address", "127.0.0.1"),
            ("Api__Port", apiPort.ToString(CultureInfo.InvariantCulture)),
            .. settings,
        ];
        foreach (var (name, value) in all)
        {
            start.Environment[name] = value;
        }

        return new OperatorProcess(Process.Start(start)!, port, apiPort);
    }

    /// <summary>The Lease's own default, where a shorter one may run out on a busy machine, and that matters.</summary>
    public static (string Name, string Value) UsualLease { get; } = ("Operator__LeaseDuration", "00:00:15");

    /// <summary>Waits until <c>/readyz</c> says so.</summary>
    public Task WhenReadyAsync(CancellationToken cancellationToken) =>
        Eventually.HoldsAsync(
            "the operator is ready",
            async token => (await GetAsync("/readyz", token)).Status == HttpStatusCode.OK,
            CloneFixture.Soon,
            cancellationToken
        );

    /// <summary>Asks one of its endpoints.</summary>
    public async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(path, cancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>The value of one series of its metrics, named as Prometheus writes it; null: there is none.</summary>
    public async Task<double?> MetricAsync(string series, CancellationToken cancellationToken)
    {
        var (_, body) = await GetAsync("/metrics", cancellationToken);
        var line = body.Split('\n').FirstOrDefault(line => line.StartsWith(series + ' ', StringComparison.Ordinal));
        return line is null ? null : double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>Asks it to stop, as a cluster does, and waits for its end.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync(CancellationToken cancellationToken) => SignalAsync(Signal.Terminate, cancellationToken);

    /// <summary>Ends it without a chance to clean up.</summary>
    public Task<int> KillAsync(CancellationToken cancellationToken) => SignalAsync(Signal.Kill, cancellationToken);

    /// <summary>Waits for it to end by itself.</summary>
    public async Task<int> WhenEndedAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // Gives its Lease back, so that another operator of the test need not wait for it to run out.
            await StopAsync(CancellationToken.None);
        }

        _process.Dispose();
        _http.Dispose();
    }

    private Task<int> SignalAsync(int signal, CancellationToken cancellationToken)
    {
        Signal.Send(_process, signal);
        return WhenEndedAsync(cancellationToken);
    }

    private static string StatOf(string process)
    {
        try
        {
            var file = Path.Combine(process, "stat");
            return File.Exists(file) ? File.ReadAllText(file) : "";
        }
        catch (IOException)
        {
            // It ended meanwhile.
            return "";
        }
    }

    private void Keep(string? line)
    {
        lock (_log)
        {
            _log.AppendLine(line);
        }
    }
}
