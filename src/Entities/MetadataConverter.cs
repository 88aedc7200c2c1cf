using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>
/// Reads metadata without what can't be read. The API server checks it, but knows times that .NET does not: whoever may write an object
/// may set that of a field manager to the year 0.
/// </summary>
public sealed class MetadataConverter : TolerantConverter<V1ObjectMeta>
{
    /// <inheritdoc />
    protected override V1ObjectMeta Checked(V1ObjectMeta? read, IReadOnlyList<string> unreadable) => read ?? new V1ObjectMeta();
}
