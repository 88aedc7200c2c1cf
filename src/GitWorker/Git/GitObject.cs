using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>An object's content, in libgit2's memory until it is disposed.</summary>
internal readonly unsafe ref struct GitObject(nint handle) : IDisposable
{
    public ObjectKind Kind => (ObjectKind)LibGit2.git_odb_object_type(handle);

    /// <summary>In bytes.</summary>
    public ulong Size => LibGit2.git_odb_object_size(handle);

    /// <exception cref="RemoteFailureException">It is larger than a span can be.</exception>
    public ReadOnlySpan<byte> Data => Size <= int.MaxValue ? new(LibGit2.git_odb_object_data(handle), (int)Size) : throw TooLarge(Size);

    internal static RemoteFailureException TooLarge(ulong size) =>
        new(
            Reasons.TooLarge,
            $"The repository holds a file of {size} bytes, and files of more than {int.MaxValue} bytes are not checked out: choose "
                + "another branch."
        );

    public void Dispose() => LibGit2.git_odb_object_free(handle);
}
