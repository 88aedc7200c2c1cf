using System.ComponentModel.DataAnnotations;
using System.Net;
using CodeRepoOperator.Runtime.Settings;

namespace CodeRepoOperator.Api.Serving;

/// <summary>The API that consumers ask for clones; section <c>Api</c>.</summary>
internal sealed class ApiOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Api";

    /// <summary>
    /// Whether it is served. Default: yes. It needs the rights of <c>system:auth-delegator</c>; without them it responds 503.
    /// </summary>
    public bool Enabled { get; init; } = true;

    /// <summary>TCP port. Default 8080.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 8080;

    /// <summary>IP address to listen on. Default: all of the machine's.</summary>
    public string? Address { get; init; }

    /// <summary>
    /// The audience that callers' tokens must be made for, so that one that is meant for others opens nothing here. Default
    /// <c>coderepo-operator</c>.
    /// </summary>
    [Required(ErrorMessage = "name the audience that callers' tokens are made for.")]
    public string Audience { get; init; } = "coderepo-operator";

    /// <summary>The longest that a caller may have a request wait for a clone (<c>?wait=</c>). Default 5 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxWait { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long it is remembered that a token is good and what its owner may do: how late a right that was taken away ends. Default 60 s,
    /// at most that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan GrantLifetime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long it is remembered that a token is bad, or what its owner may not do: how late a right that was given begins. Default 10 s,
    /// at most that.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:10")]
    public TimeSpan DenialLifetime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How many requests a second each caller may make on average; ten seconds' worth may come at once. 0: any number. Default 1000.
    /// </summary>
    [Range(0, 1_000_000)]
    public int RequestsPerSecond { get; init; } = 1000;

    /// <summary>
    /// How many tokens a second that are not known yet each address may show on average; ten seconds' worth may come at once. 0: any
    /// number. Default 100.
    /// </summary>
    [Range(0, 1_000_000)]
    public int UnknownTokensPerSecond { get; init; } = 100;

    /// <summary>
    /// How many connections there may be at once; each caller who waits for a clone has one. Fewer where the limit of file descriptors asks
    /// for it. Default 16384.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConnections { get; init; } = 16_384;

    /// <summary>How many archives are made at once; others wait for their turn. Each takes up to one processor. Default 4.</summary>
    [Range(1, 1000)]
    public int MaxArchives { get; init; } = 4;

    /// <summary>
    /// How many watches of CodeRepos may be open at once, half of them of one namespace's; each has a connection. Default 2000.
    /// </summary>
    [Range(2, 1_000_000)]
    public int MaxWatches { get; init; } = 2000;

    /// <summary>
    /// A PEM file with the certificate, and those that lead from it to its authority: the API is served over TLS. Default: over plain HTTP.
    /// </summary>
    public string? Certificate { get; init; }

    /// <summary>A PEM file with the key of <see cref="Certificate"/>.</summary>
    public string? Key { get; init; }

    /// <summary>Where to listen.</summary>
    internal IPEndPoint? EndPoint => IPAddress.TryParse(Address, out var address) ? new IPEndPoint(address, Port) : null;

    /// <summary>Whether connections are encrypted.</summary>
    internal bool IsTls => !string.IsNullOrEmpty(Certificate);

    /// <summary>Where to listen, as a URL; <c>*</c> is all of the machine's addresses.</summary>
    internal string Url => $"{(IsTls ? "https" : "http")}://{EndPoint?.ToString() ?? $"*:{Port}"}";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && !IPAddress.TryParse(Address, out _))
        {
            yield return new ValidationResult($"is {SettingText.Shown(Address)}: must be an IP address.", [nameof(Address)]);
        }

        if (string.IsNullOrEmpty(Certificate) != string.IsNullOrEmpty(Key))
        {
            var missing = string.IsNullOrEmpty(Key) ? nameof(Key) : nameof(Certificate);
            yield return new ValidationResult(
                $"is missing: {Section}:{nameof(Certificate)} and {Section}:{nameof(Key)} go together.",
                [missing]
            );
        }
        else if (IsTls && TlsFiles.TryRead(Certificate!, Key!, known: null, out var error) is null)
        {
            yield return new ValidationResult(
                $"is {SettingText.Shown(Certificate)}: it and {Section}:{nameof(Key)} must be PEM files of a certificate and its key "
                    + $"({error.TrimEnd('.')}).",
                [nameof(Certificate)]
            );
        }
    }
}
