using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Protocol;

namespace CodeRepoOperator.Remotes.Ssh;

/// <summary>A <c>git-upload-pack</c> that runs on the remote: questions and responds take turns over its input and output.</summary>
internal sealed class SshUploadPack(SshSession session) : IUploadPackTransport
{
    private readonly PktLineReader _reader = new(session.Output, limit: 0);

    public bool CanBeLeft => false;

    public Task<T> ReadAdvertisementAsync<T>(long limit, Func<PktLineReader, Task<T>> read, CancellationToken cancellationToken) =>
        ReadAsync(limit, read, cancellationToken);

    public async Task<T> AskAsync<T>(
        byte[] request,
        int version,
        long limit,
        Func<PktLineReader, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        await session.WriteAsync(request, cancellationToken);
        return await ReadAsync(limit, read, cancellationToken);
    }

    public ValueTask DisposeAsync() => session.DisposeAsync();

    private async Task<T> ReadAsync<T>(long limit, Func<PktLineReader, Task<T>> read, CancellationToken cancellationToken)
    {
        _reader.Allow(limit);
        try
        {
            return await read(_reader);
        }
        catch (RemoteFailureException e) when (e.Failure.Reason == Reasons.TransferFailed && session.ErrorsExceeded)
        {
            throw PktLineReader.TooMuch($"{CommandErrors.Maximum} bytes on its standard error");
        }
        catch (RemoteFailureException e) when (e.Failure.Reason == Reasons.TransferFailed && session.HasEnded)
        {
            // That the response is cut short is what we see; why, the server says elsewhere.
            throw new RemoteFailureException(
                ServerMessage.Meaning(session.Errors, await session.ExitCodeAsync(cancellationToken)) ?? e.Failure,
                e
            );
        }
    }
}
