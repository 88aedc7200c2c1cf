using System.ComponentModel.DataAnnotations;
using CodeRepoOperator.Text;

namespace CodeRepoOperator.Runtime.Settings;

/// <summary>How the controller runtime works; section <c>Operator</c>.</summary>
internal sealed class RuntimeOptions : IValidatableObject
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Operator";

    /// <summary>Namespaces to watch. Default: all, which needs cluster-wide rights.</summary>
    public IList<string> Namespaces { get; init; } = [];

    /// <summary>How many objects are worked on at once. They mostly wait for the network. Default 16.</summary>
    [Range(1, 256)]
    public int Workers { get; init; } = 16;

    /// <summary>Name of this process in leases and events. Default: the host name, which in a cluster is the pod's name.</summary>
    [Required(ErrorMessage = "name this process, or leave the setting out.")]
    public string Instance { get; init; } = Environment.MachineName;

    /// <summary>How long a lease lasts without being renewed: how soon another process may take over. Default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:03", "00:10:00")]
    public TimeSpan LeaseDuration { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc />
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Namespaces
            .Where(name => !KubernetesName.IsNamespace(name))
            .Select(name => new ValidationResult($"is {SettingText.Shown(name)}: must be the name of a namespace.", [nameof(Namespaces)]));
}
