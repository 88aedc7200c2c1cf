using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>An error that the remote reports within the protocol: <c>ERR text</c>, or on the error channel.</summary>
internal static class RemoteError
{
    /// <summary>The failure that it means; the protocol gives these errors no code.</summary>
    public static RemoteFailureException Of(ReadOnlySpan<byte> text)
    {
        var said = RemoteText.Shown(text);
        var message =
            $"The remote ended the transfer with an error (\"{said}\"): it is tried again; if it stays so, ask whoever runs the remote.";
        return new RemoteFailureException(new CloneFailure(Reasons.TransferFailed, message) { Quoted = said });
    }
}
