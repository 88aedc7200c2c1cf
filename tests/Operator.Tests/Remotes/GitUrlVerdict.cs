namespace CodeRepoOperator.Remotes;

/// <summary>Who refuses a git URL first; the controller refuses what any of the others does.</summary>
public enum GitUrlVerdict
{
    /// <summary>Nobody.</summary>
    Taken,

    /// <summary>The pattern in the CRD, which every API server heeds.</summary>
    RefusedByPattern,

    /// <summary>A rule in the CRD, which API servers before 1.25 pass over.</summary>
    RefusedByRule,

    /// <summary>The controller: neither pattern nor rule can say it.</summary>
    RefusedByController,
}
