namespace CodeRepoOperator.Cloning.Races;

/// <summary>What happens to a CodeRepo while its clone is being made.</summary>
public enum RaceChange
{
    /// <summary>It wants another repository.</summary>
    Url,

    /// <summary>It wants another branch.</summary>
    Branch,

    /// <summary>It is suspended, and resumed when that has taken effect.</summary>
    Suspended,

    /// <summary>It is deleted.</summary>
    Deleted,

    /// <summary>It is deleted and made anew under its name at once, for another repository.</summary>
    Recreated,

    /// <summary>Its namespace is deleted.</summary>
    NamespaceDeleted,
}
