using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;

namespace CodeRepoOperator.Monitoring;

/// <summary>A Prometheus that <c>hack/prometheus.sh run</c> runs.</summary>
internal sealed class PrometheusProcess : IAsyncDisposable
{
    /// <summary>A start takes a second; on a busy machine ten.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly ServerScript _script;
    private readonly HttpClient _http;

    private PrometheusProcess(ServerScript script, string port) =>
        (_script, _http) = (script, new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/api/v1/") });

    /// <summary>Starts a server with <c>prometheus.yml</c> of a directory, and waits until it is ready.</summary>
    public static async Task<PrometheusProcess> StartAsync(string directory, CancellationToken cancellationToken)
    {
        var script = new ServerScript("Prometheus", "hack/prometheus.sh", ["run", directory], Deadline);
        return new PrometheusProcess(script, await script.StartAsync(Deadline, cancellationToken));
    }

    /// <summary>Evaluates an expression now.</summary>
    /// <returns>What it finds: a vector, or the one value of a scalar.</returns>
    /// <exception cref="InvalidOperationException">It is none; the message is Prometheus'.</exception>
    public async Task<IReadOnlyList<PrometheusSample>> QueryAsync(string expression, CancellationToken cancellationToken)
    {
        var data = await GetAsync($"query?query={Uri.EscapeDataString(expression)}", cancellationToken);
        return data.GetProperty("resultType").GetString() == "scalar"
            ? [new PrometheusSample(new Dictionary<string, string>(), ValueOf(data.GetProperty("result")))]
            :
            [
                .. data.GetProperty("result")
                    .EnumerateArray()
                    .Select(one => new PrometheusSample(Labels(one.GetProperty("metric")), ValueOf(one.GetProperty("value")))),
            ];
    }

    /// <summary>Waits until an expression finds something.</summary>
    public Task<IReadOnlyList<PrometheusSample>> SeeAsync(string expression, CancellationToken cancellationToken) =>
        Eventually.SeeAsync(
            $"Prometheus finds {expression}",
            token => QueryAsync(expression, token),
            found => found.Count > 0,
            CloneFixture.Soon,
            cancellationToken
        );

    /// <summary>Waits until an expression finds nothing.</summary>
    public Task SeeNoneAsync(string expression, CancellationToken cancellationToken) =>
        Eventually.SeeAsync(
            $"Prometheus finds no {expression}",
            token => QueryAsync(expression, token),
            found => found.Count == 0,
            CloneFixture.Soon,
            cancellationToken
        );

    /// <summary>The labels of each series of a selector, the name of the metric among them.</summary>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> SeriesAsync(
        string selector,
        CancellationToken cancellationToken
    ) => [.. (await GetAsync($"series?match[]={Uri.EscapeDataString(selector)}", cancellationToken)).EnumerateArray().Select(Labels)];

    /// <summary>The names of all metrics that it has.</summary>
    public async Task<IReadOnlyList<string>> MetricsAsync(CancellationToken cancellationToken) =>
        [.. (await GetAsync("label/__name__/values", cancellationToken)).EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>The family and type of each metric, as the target gave them: a histogram has three metrics.</summary>
    public async Task<IReadOnlyDictionary<string, (string Family, string Type)>> TypesAsync(CancellationToken cancellationToken) =>
        (await GetAsync("metadata", cancellationToken))
            .EnumerateObject()
            .SelectMany(family => MetricsOf(family.Name, family.Value[0].GetProperty("type").GetString()!))
            .ToDictionary(metric => metric.Name, metric => (metric.Family, metric.Type));

    /// <summary>How each rule is: its name, its health, and Prometheus' word for what is wrong with it.</summary>
    public async Task<IReadOnlyList<(string Name, string Health, string Error)>> RulesAsync(CancellationToken cancellationToken) =>
        [
            .. (await GetAsync("rules", cancellationToken))
                .GetProperty("groups")
                .EnumerateArray()
                .SelectMany(group => group.GetProperty("rules").EnumerateArray())
                .Select(rule =>
                    (
                        rule.GetProperty("name").GetString()!,
                        rule.GetProperty("health").GetString()!,
                        rule.TryGetProperty("lastError", out var error) ? error.GetString()! : ""
                    )
                ),
        ];

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _script.DisposeAsync();
    }

    private async Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await _http.GetAsync(path, cancellationToken);
        var body = await response.Content.ReadFromJsonAsync<JsonElement>(cancellationToken);
        return body.GetProperty("status").GetString() == "success"
            ? body.GetProperty("data")
            : throw new InvalidOperationException($"{Uri.UnescapeDataString(path)}: {body.GetProperty("error").GetString()}");
    }

    /// <summary>As OpenMetrics has it: the family of a counter is called without its suffix.</summary>
    private static IEnumerable<(string Name, string Family, string Type)> MetricsOf(string family, string type) =>
        (
            type switch
            {
                "counter" => ["_total"],
                "histogram" => ["_bucket", "_sum", "_count"],
                _ => new[] { "" },
            }
        ).Select(suffix => (family + suffix, family, type));

    private static Dictionary<string, string> Labels(JsonElement metric) =>
        metric.EnumerateObject().ToDictionary(label => label.Name, label => label.Value.GetString()!);

    /// <summary>A time and a value, the latter as text: JSON knows no NaN.</summary>
    private static double ValueOf(JsonElement pair) =>
        pair[1].GetString() switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var number => double.Parse(number!, CultureInfo.InvariantCulture),
        };
}
