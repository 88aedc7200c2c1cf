using System.Globalization;
using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Machinery.Network;

/// <summary>A proxy as others run it, on loopback, that wants a login: tinyproxy for HTTP, microsocks for SOCKS5.</summary>
internal sealed partial class RealProxy : IAsyncDisposable
{
    /// <summary>Who may ask it.</summary>
    public const string UserName = "robot";

    /// <summary>That goes with it.</summary>
    public const string Password = "s3cret-of-the-proxy";

    private readonly TemporaryDirectory _directory = new();
    private readonly string _log;
    private readonly string _scheme;
    private readonly int _port = FreePort.Next();
    private ServerProcess? _process;

    private RealProxy(string scheme) => (_scheme, _log) = (scheme, Path.Combine(_directory.Path, "log"));

    /// <summary>As a Secret names it.</summary>
    public string Address => string.Create(CultureInfo.InvariantCulture, $"{_scheme}://127.0.0.1:{_port}");

    /// <summary>With the login that it wants.</summary>
    public RemoteProxy Proxy =>
        new(_scheme, "127.0.0.1", _port)
        {
            UserName = UserName,
            Password = Password,
            Source = "the Secret hello",
        };

    /// <summary>The same as the keys of a Secret.</summary>
    public (string Key, string Value)[] Keys => [("proxyAddress", Address), ("proxyUsername", UserName), ("proxyPassword", Password)];

    /// <summary>Starts one.</summary>
    /// <param name="scheme"><c>http</c> or <c>socks5</c>.</param>
    /// <param name="cancellationToken">The test's token.</param>
    public static async Task<RealProxy> StartAsync(string scheme, CancellationToken cancellationToken)
    {
        var assets = await ProcessRunner.RunAsync(
            "bash",
            [Checkout.PathOf("hack/proxies.sh"), "assets"],
            new Dictionary<string, string>(),
            "",
            cancellationToken
        );
        var proxy = new RealProxy(scheme);
        proxy._process = await ServerProcess.StartAsync(proxy.Command(assets.OutputOrThrow().Trim()), proxy._port, cancellationToken);
        return proxy;
    }

    /// <summary>How often it has led to a host.</summary>
    /// <param name="target">Host and port.</param>
    public int TimesTo(string target) =>
        File.ReadLines(_log).Count(line => Target().Match(line) is { Success: true } led && led.Groups["target"].Value == target);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }

    private string[] Command(string programs)
    {
        var port = _port.ToString(CultureInfo.InvariantCulture);
        if (_scheme == RemoteProxy.Socks)
        {
            var program = Path.Combine(programs, "microsocks");
            return ["bash", "-c", "exec \"$@\" 2>\"$0\"", _log, program, "-i", "127.0.0.1", "-p", port, "-u", UserName, "-P", Password];
        }

        var settings = Path.Combine(_directory.Path, "tinyproxy.conf");
        File.WriteAllLines(
            settings,
            [
                $"Port {port}",
                "Listen 127.0.0.1",
                "Allow 127.0.0.1",
                "Timeout 600",
                "MaxClients 100",
                $"BasicAuth {UserName} {Password}",
                $"LogFile \"{_log}\"",
                "LogLevel Info",
            ]
        );
        return [Path.Combine(programs, "tinyproxy"), "-d", "-c", settings];
    }

    // microsocks, then tinyproxy, whose line of what is established has no port.
    [GeneratedRegex(
        @"connected to (?<target>\S+)|Request \(file descriptor \d+\): (CONNECT |\S+ http://)(?<target>[^/\s]+)",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Target();
}
