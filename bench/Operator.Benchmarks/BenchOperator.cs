using System.Diagnostics;
using System.Globalization;

namespace CodeRepoOperator;

/// <summary>The operator's own program on a <see cref="BenchCluster"/>.</summary>
internal sealed class BenchOperator : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(2);

    private const int KeptLines = 20;

    private readonly long _startedAt = TimeProvider.System.GetTimestamp();
    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly Queue<string?> _lastLines = new();

    private BenchOperator(Process process, string port)
    {
        _process = process;
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
    }

    /// <summary>Bytes that are its own: resident and not shared with files.</summary>
    public long PrivateMemory => 1024 * Status("RssAnon:");

    /// <summary>Resident bytes, mapped files included.</summary>
    public long ResidentMemory => 1024 * Status("VmRSS:");

    /// <summary>Processor time since the start, of its git workers too once they have ended.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            // Fields 14 to 17, in hundredths of a second.
            var fields = File.ReadAllText($"/proc/{_process.Id}/stat").Split(") ")[1].Split(' ');
            return TimeSpan.FromMilliseconds(10 * fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)));
        }
    }

    public static BenchOperator Start(BenchCluster cluster, TimeSpan verifyInterval, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "coderepo-operator"))
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        var port = FreePort();
        var own = cluster.Settings(verifyInterval).Append(("Serving__Port", port)).Append(("Api__Port", FreePort()));
        foreach (var (name, value) in own.Concat(settings))
        {
            start.Environment[name] = value;
        }

        return new BenchOperator(Process.Start(start)!, port);
    }

    /// <summary>Waits until <c>/readyz</c> says so.</summary>
    /// <returns>How long that took, from the start of the process.</returns>
    public async Task<TimeSpan> WhenReadyAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                using var response = await _http.GetAsync("/readyz", cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return TimeProvider.System.GetElapsedTime(_startedAt);
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(LookEvery, TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>The value of one series of its metrics, named as Prometheus writes it.</summary>
    public async Task<double> MetricAsync(string series, CancellationToken cancellationToken)
    {
        var lines = (await _http.GetStringAsync("/metrics", cancellationToken)).Split('\n');
        return double.Parse(
            lines.Single(line => line.StartsWith(series + ' ', StringComparison.Ordinal))[(series.Length + 1)..],
            CultureInfo.InvariantCulture
        );
    }

    /// <summary>Waits until a series has at least this value.</summary>
    public async Task WhenAtLeastAsync(string series, double value, CancellationToken cancellationToken)
    {
        while (await MetricAsync(series, cancellationToken) < value)
        {
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
        }
    }

    /// <summary>Asks it to stop, so that the next one finds its Lease free.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_process.HasExited)
        {
            await Console.Error.WriteLineAsync($"The operator ended by itself, {_process.ExitCode}:\n{string.Join('\n', _lastLines)}");
        }

        using (var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync(CancellationToken.None);
        }

        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _http.Dispose();
    }

    private static string FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    private void Keep(string? line)
    {
        lock (_lastLines)
        {
            _lastLines.Enqueue(line);
            if (_lastLines.Count > KeptLines)
            {
                _lastLines.Dequeue();
            }
        }
    }

    private long Status(string field) =>
        long.Parse(
            File.ReadLines($"/proc/{_process.Id}/status")
                .Single(line => line.StartsWith(field, StringComparison.Ordinal))[field.Length..]
                .Trim()
                .Split(' ')[0],
            CultureInfo.InvariantCulture
        );
}
