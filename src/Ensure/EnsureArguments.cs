using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Ensure;

/// <summary>
/// What <c>coderepo-operator ensure</c> was asked for. Read by hand: a library for command lines alone would take longer to start than a
/// clone takes to be found.
/// </summary>
internal sealed class EnsureArguments
{
    /// <summary>What there is to say about how it is called.</summary>
    public const string Usage = """
        usage: coderepo-operator ensure NAMESPACE/NAME --store DIR [options]

        Makes sure that there is a complete clone of a CodeRepo on a mounted volume, and writes its directory to the standard output.

          --store DIR        where the operator's volume is mounted: all of it, or the directory of the namespace (subPath)
          --api URL          the Ensure API, asked when the clone is not there
                             [$CODEREPO_API, or http://coderepo-operator-api.coderepo-system.svc:8080]
          --token-file FILE  a token of the pod's ServiceAccount for the API [/var/run/secrets/coderepo/token]
          --ca-file FILE     certificate authorities that the API is trusted by, as PEM [the system's]
          --wait DURATION    how long it may take in all, as 90s or 5m [5m]

        With these, it takes no clone that is another one, and with --url and --uid it makes the clone itself where the volume may be
        written to and no operator holds it:
          --url URL          what is cloned, as spec.git_url [any that is there]
          --uid UID          the CodeRepo's uid, without which the operator would take the clone for another's
          --branch NAME      as spec.branch [any that is there; where it makes one, the remote's HEAD]
          --depth N          as spec.depth [any that is there; where it makes one, 1]

        Exit codes: 0 the clone is there, 1 it could not be had, 2 the command is used wrongly.
        """;

    private const string ApiVariable = "CODEREPO_API";
    private const string DefaultApi = "http://coderepo-operator-api.coderepo-system.svc:8080";
    private const string DefaultToken = "/var/run/secrets/coderepo/token";

    private static readonly TimeSpan DefaultWait = TimeSpan.FromMinutes(5);

    private EnsureArguments() { }

    /// <summary>The CodeRepo's namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The CodeRepo's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where the volume is mounted.</summary>
    public required string Store { get; init; }

    /// <summary>The API.</summary>
    public required Uri Api { get; init; }

    /// <summary>The file with the token for it.</summary>
    public required string TokenFile { get; init; }

    /// <summary>The file with the authorities that it is trusted by; null: those of the system.</summary>
    public required string? AuthoritiesFile { get; init; }

    /// <summary>How long all may take.</summary>
    public required TimeSpan Wait { get; init; }

    /// <summary>What the clone is of, and is made of here, if it may be; null: it is not made here.</summary>
    public required string? Url { get; init; }

    /// <summary>The uid of the CodeRepo that the clone is for; null: any will do.</summary>
    public required string? Uid { get; init; }

    /// <summary>The branch; null: any, and one that is made here is of the branch that the remote's HEAD names.</summary>
    public required string? Branch { get; init; }

    /// <summary>
    /// How many commits of history, 0: all of it; null: any, and one that is made here has the default of <c>spec.depth</c>.
    /// </summary>
    public required int? Depth { get; init; }

    /// <summary>Reads a command line.</summary>
    /// <param name="arguments">What comes after <c>ensure</c>.</param>
    /// <param name="variable">Looks up variables of the environment.</param>
    /// <param name="read">What was asked for.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryRead(
        IReadOnlyList<string> arguments,
        Func<string, string?> variable,
        [NotNullWhen(true)] out EnsureArguments? read,
        [NotNullWhen(false)] out string? error
    )
    {
        read = null;
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        string? repo = null;
        for (var i = 0; i < arguments.Count; i++)
        {
            var (name, value) = Split(arguments[i]);
            if (!name.StartsWith('-'))
            {
                (repo, error) = (name, repo is null ? null : $"one CodeRepo at a time: {repo} or {name}");
            }
            else
            {
                value ??= ++i < arguments.Count ? arguments[i] : null;
                error =
                    !IsOption(name) ? $"{name} is no option"
                    : string.IsNullOrEmpty(value) ? $"{name} needs a value"
                    : options.TryAdd(name, value) ? null
                    : $"{name} is there twice";
            }

            if (error is not null)
            {
                return false;
            }
        }

        return TryMake(repo, options, variable, out read, out error);
    }

    private static bool TryMake(
        string? repo,
        Dictionary<string, string> options,
        Func<string, string?> variable,
        [NotNullWhen(true)] out EnsureArguments? read,
        [NotNullWhen(false)] out string? error
    )
    {
        read = null;
        var names = repo?.Split('/') ?? [];
        var (wait, depth) = (DefaultWait, 0);
        var api = options.GetValueOrDefault("--api") ?? variable(ApiVariable) ?? DefaultApi;
        error =
            names.Length != 2 || !KubernetesName.IsNamespace(names[0]) || !KubernetesName.IsObject(names[1])
                ? "name the CodeRepo as NAMESPACE/NAME"
            : !options.ContainsKey("--store") ? "say where the volume is mounted, by --store DIR"
            : options.TryGetValue("--wait", out var text) && !GoDuration.TryParse(text, out wait) ? "--wait is a duration as 90s or 5m"
            : options.TryGetValue("--depth", out text) && !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out depth)
                ? "--depth is a number of commits"
            : options.ContainsKey("--url") != options.ContainsKey("--uid") ? "--url and --uid go together"
            : !Uri.TryCreate(api, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https")
                ? "the API is at a URL that begins with http:// or https://"
            : null;
        if (error is not null)
        {
            return false;
        }

        read = new EnsureArguments
        {
            Namespace = names[0],
            Name = names[1],
            Store = options["--store"],
            Api = new Uri(api.TrimEnd('/') + '/'),
            TokenFile = options.GetValueOrDefault("--token-file", DefaultToken),
            AuthoritiesFile = options.GetValueOrDefault("--ca-file"),
            Wait = wait,
            Url = options.GetValueOrDefault("--url"),
            Uid = options.GetValueOrDefault("--uid"),
            Branch = options.GetValueOrDefault("--branch"),
            Depth = options.ContainsKey("--depth") ? depth : null,
        };
        return true;
    }

    private static (string Name, string? Value) Split(string argument) =>
        argument.StartsWith("--", StringComparison.Ordinal) && argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var at
            ? (argument[..at], argument[(at + 1)..])
            : (argument, null);

    private static bool IsOption(string name) =>
        name is "--store" or "--api" or "--token-file" or "--ca-file" or "--wait" or "--url" or "--uid" or "--branch" or "--depth";
}
