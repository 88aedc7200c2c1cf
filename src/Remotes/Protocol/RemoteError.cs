using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Cloning.Remotes.Protocol;

/// <summary>An error that the remote reports within the protocol: <c>ERR text</c>, or on the error channel.</summary>
internal static class RemoteError
{
    /// <summary>The failure that it means; the protocol gives these errors no code.</summary>
    public static RemoteFailureException Of(ReadOnlySpan<byte> text) => new(
        Reasons.TransferFailed, $"The remote ended the transfer with an error (\"{RemoteText.Shown(text)}\"): it is tried again; if it stays so, ask whoever runs the remote.");
}
