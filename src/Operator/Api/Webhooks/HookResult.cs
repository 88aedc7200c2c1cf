namespace CodeRepoOperator.Api.Webhooks;

/// <summary>What came of a delivery; the label <c>result</c> of <c>coderepo_hooks_total</c>.</summary>
internal enum HookResult
{
    /// <summary>CodeRepos are polled.</summary>
    Accepted,

    /// <summary>It is good, and no CodeRepo is of that repository and branch.</summary>
    Unmatched,

    /// <summary>It is good, and reports no push to a branch.</summary>
    Ignored,

    /// <summary>It came before.</summary>
    Replayed,

    /// <summary>It is not signed, or not with a secret that is known here.</summary>
    Refused,

    /// <summary>It is none that can be read.</summary>
    Invalid,

    /// <summary>Too many came.</summary>
    Limited,

    /// <summary>The secrets can't be read.</summary>
    Unavailable,
}
