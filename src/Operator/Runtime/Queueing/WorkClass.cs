namespace CodeRepoOperator.Runtime.Queueing;

/// <summary>Kinds of work that must not be kept waiting by one another.</summary>
internal enum WorkClass
{
    /// <summary>It waits for no remote: a deletion, a suspended object.</summary>
    Local,

    /// <summary>It makes something again that was lost.</summary>
    Healing,

    /// <summary>All else: it waits for a remote, which may hang.</summary>
    Remote,
}
