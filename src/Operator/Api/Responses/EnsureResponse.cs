namespace CodeRepoOperator.Api.Responses;

/// <summary>Where the clone is, as it is written.</summary>
internal sealed record EnsureResponse
{
    /// <summary>The PersistentVolumeClaim.</summary>
    public required string Claim { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The clone's directory on it.</summary>
    public required string Path { get; init; }

    /// <summary>The node that a ReadWriteOnce claim is bound to; null: it is not known.</summary>
    public required string? Node { get; init; }

    /// <summary>The commit that is checked out.</summary>
    public required string Commit { get; init; }

    /// <summary>The branch that is checked out; null: HEAD is detached.</summary>
    public required string? Branch { get; init; }

    /// <summary>The tag or other ref that is checked out, by its full name; null: a branch, the remote's HEAD or a commit is.</summary>
    public required string? Ref { get; init; }

    /// <summary>Whether it had been lost and was made again for this call.</summary>
    public required bool Recloned { get; init; }
}
