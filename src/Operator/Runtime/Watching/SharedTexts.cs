using CommunityToolkit.HighPerformance.Buffers;
using k8s.Models;

namespace CodeRepoOperator.Runtime.Watching;

/// <summary>
/// Makes texts that many objects have alike one text in memory: what an object is read from has each of them written out, and they are half
/// of what thousands of objects take. How many texts are known is bounded; which of them are seldom met is forgotten.
/// </summary>
internal sealed class SharedTexts
{
    private const int MostTexts = 4096;

    private readonly StringPool _pool = new(MostTexts);

    /// <summary>The text that stands for all that are alike.</summary>
    public string Of(string text) => _pool.GetOrAdd(text);

    /// <summary>The same for a text that may be missing.</summary>
    public string? OfAny(string? text) => text is null ? null : Of(text);

    /// <summary>Shares what objects have in common in their metadata.</summary>
    public void Share(V1ObjectMeta metadata)
    {
        metadata.NamespaceProperty = OfAny(metadata.NamespaceProperty);
        metadata.Labels = Shared(metadata.Labels);
        metadata.Annotations = Shared(metadata.Annotations);
        metadata.Finalizers = metadata.Finalizers is { } finalizers ? [.. finalizers.Select(OfAny)] : null;
    }

    /// <summary>Shares what conditions have in common; their messages too, which an object often has twice.</summary>
    public void Share(V1Condition condition)
    {
        condition.Type = Of(condition.Type);
        condition.Status = Of(condition.Status);
        condition.Reason = Of(condition.Reason);
        condition.Message = Of(condition.Message);
    }

    private Dictionary<string, string>? Shared(IDictionary<string, string>? texts) =>
        texts?.ToDictionary(text => Of(text.Key), text => OfAny(text.Value)!, StringComparer.Ordinal);
}
