namespace CodeRepoOperator.IndexingClient;

/// <summary>Who holds a row, as text.</summary>
public static class IndexingHolder
{
    /// <summary>
    /// A pod, as the operator knows it: it resets the row as soon as the pod is gone. A pod learns these from the downward API
    /// (<c>metadata.namespace</c>, <c>metadata.name</c>, <c>metadata.uid</c>).
    /// </summary>
    /// <param name="ofNamespace">The pod's namespace.</param>
    /// <param name="name">The pod's name.</param>
    /// <param name="uid">The pod's uid: another pod of the same name is another holder.</param>
    public static string Pod(string ofNamespace, string name, string uid)
    {
        ArgumentException.ThrowIfNullOrEmpty(ofNamespace);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentException.ThrowIfNullOrEmpty(uid);
        return $"pod/{ofNamespace}/{name}/{uid}";
    }
}
