using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What is reported to a caller who needs a clone now.</summary>
internal abstract record EnsureOutcome
{
    private EnsureOutcome() { }

    /// <summary>It can be read.</summary>
    /// <param name="Published">The clone.</param>
    /// <param name="Recloned">Whether it had been lost and was made again for this call, or for one that it joined.</param>
    internal sealed record Available(PublishedClone Published, bool Recloned) : EnsureOutcome;

    /// <summary>There is no such CodeRepo, or it is being deleted.</summary>
    internal sealed record NotThere : EnsureOutcome;

    /// <summary>There is no clone of what the spec asks for, and <c>spec.suspend</c> keeps it from being made.</summary>
    internal sealed record Suspended : EnsureOutcome;

    /// <summary>The operator has just started and does not know yet what CodeRepos there are.</summary>
    internal sealed record Starting : EnsureOutcome;

    /// <summary>It could not be had.</summary>
    /// <param name="Failure">Why.</param>
    /// <param name="RetryIn">When the next attempt is due.</param>
    internal sealed record Failed(CloneFailure Failure, TimeSpan RetryIn) : EnsureOutcome;

    /// <summary>It is being made, and goes on being made when the caller leaves.</summary>
    internal sealed record StillCloning : EnsureOutcome;
}
