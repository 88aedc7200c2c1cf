namespace CodeRepoOperator.Cloning.Clones;

/// <summary>The one word for how a CodeRepo stands; the <c>state</c> label of <c>coderepo_repos</c>.</summary>
internal enum RepoState
{
    /// <summary>There is a clone of what the spec asks for.</summary>
    Ready,

    /// <summary>There is none yet; the operator is working on it.</summary>
    Reconciling,

    /// <summary>There is none, and somebody has to do something.</summary>
    Stalled,

    /// <summary>There is none, and none is asked for: suspended, or on demand.</summary>
    Waiting,
}
