using System.ComponentModel.DataAnnotations;

namespace CodeRepoOperator.Runtime.Serving;

/// <summary>Where health and metrics are served; section <c>Serving</c>.</summary>
internal sealed class ServingOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Serving";

    /// <summary>TCP port of <c>/healthz</c>, <c>/readyz</c> and <c>/metrics</c>. Default 8081.</summary>
    [Range(1, 65535)]
    public int Port { get; init; } = 8081;

    /// <summary>IP address to listen on. Default: all of the machine's.</summary>
    [RegularExpression("^[0-9a-fA-F.:]+$")]
    public string Address { get; init; } = "::";
}
