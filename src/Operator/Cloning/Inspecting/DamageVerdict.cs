namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>What a finding in a clone means.</summary>
internal enum DamageVerdict
{
    /// <summary>The clone is damaged.</summary>
    Damage,

    /// <summary>It is damaged, which was known.</summary>
    KnownDamage,

    /// <summary>A clone made again shows the same at the same commit: the check does not understand it, and it stays.</summary>
    Unsupported,

    /// <summary>The same, which was known.</summary>
    KnownUnsupported,
}
