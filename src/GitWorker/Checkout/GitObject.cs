namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>An object's content, in libgit2's memory until it is disposed.</summary>
internal readonly unsafe ref struct GitObject(nint handle) : IDisposable
{
    public ObjectKind Kind => (ObjectKind)LibGit2.git_odb_object_type(handle);

    public ReadOnlySpan<byte> Data => new(LibGit2.git_odb_object_data(handle), checked((int)LibGit2.git_odb_object_size(handle)));

    public void Dispose() => LibGit2.git_odb_object_free(handle);
}
