using System.ComponentModel.DataAnnotations;
using System.Net;
using CodeRepoOperator.Runtime.Settings;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Where health and metrics are served; section <c>Serving</c>.</summary>
internal sealed class ServingOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Serving";

    /// <summary>TCP port of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. Default 8081.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 8081;

    /// <summary>IP address to listen on. Default: all of the machine's.</summary>
    public string? Address { get; init; }

    /// <summary>
    /// How many connections there may be at once; when one more comes, the one that has been idle for the longest is closed, of the address
    /// that has the most. Default 256.
    /// </summary>
    [Range(8, 65_536)]
    public int MaxConnections { get; init; } = 256;

    /// <summary>Where to listen, as a URL; <c>*</c> is all of the machine's addresses.</summary>
    internal string Url => IPAddress.TryParse(Address, out var address) ? $"http://{new IPEndPoint(address, Port)}" : $"http://*:{Port}";

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Address is not null && !IPAddress.TryParse(Address, out _))
        {
            yield return new ValidationResult($"is {SettingText.Shown(Address)}: must be an IP address.", [nameof(Address)]);
        }
    }
}
