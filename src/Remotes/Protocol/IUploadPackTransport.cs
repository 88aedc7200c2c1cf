using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>The way to the <c>git-upload-pack</c> of one repository.</summary>
internal interface IUploadPackTransport : IAsyncDisposable
{
    /// <summary>Whether the remote can be asked on from elsewhere, without its being found and read anew.</summary>
    bool CanBeLeft { get; }

    /// <summary>Reads what the remote says before it is asked. Once, and first.</summary>
    /// <param name="limit">How many bytes may come.</param>
    /// <param name="read">Reads it to its end.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">It can't be read.</exception>
    Task<T> ReadAdvertisementAsync<T>(long limit, Func<PktLineReader, Task<T>> read, CancellationToken cancellationToken);

    /// <summary>Asks, and reads the response.</summary>
    /// <param name="request">Whole pkt-lines.</param>
    /// <param name="version">Of the protocol that they are in.</param>
    /// <param name="limit">How many bytes may come.</param>
    /// <param name="read">Reads the response; to its end, or nothing more can be asked.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="RemoteFailureException">There is no response, or it can't be read.</exception>
    Task<T> AskAsync<T>(byte[] request, int version, long limit, Func<PktLineReader, Task<T>> read, CancellationToken cancellationToken);
}
