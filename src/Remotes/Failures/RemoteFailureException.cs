namespace CodeRepoOperator.Remotes.Failures;

/// <summary>
/// Carries a failure up through streams, parsers and the HTTP stack's callbacks, which can't return one.
/// Never leaves this directory: <see cref="GitRemote"/> and the worker turn it back into the <see cref="CloneFailure"/>.
/// </summary>
internal sealed class RemoteFailureException(CloneFailure failure, Exception? inner = null) : Exception(failure.Message, inner)
{
    public RemoteFailureException(string reason, string message, Exception? inner = null)
        : this(new CloneFailure(reason, message), inner) { }

    public CloneFailure Failure { get; } = failure;
}
