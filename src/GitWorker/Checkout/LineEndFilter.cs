namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>Converts line ends as the attributes in a working tree say, by libgit2; it has no other filter that would apply.</summary>
internal sealed unsafe class LineEndFilter : IDisposable
{
    private readonly nint _repository;

    /// <param name="clone">The working tree, its index written.</param>
    public LineEndFilter(string clone) => LibGit2.Check(LibGit2.git_repository_open(out _repository, clone));

    /// <summary>Hands on what is to be written for a file.</summary>
    public IndexStat Apply(TreeFile file, ReadOnlySpan<byte> content, Writer write)
    {
        nint filters;
        fixed (byte* path = (byte[])[.. file.Path, 0])
        {
            LibGit2.Check(LibGit2.git_filter_list_load(out filters, _repository, blob: 0, path, mode: 0, flags: 0));
        }

        if (filters == 0)
        {
            return write(content);
        }

        var buffer = default(LibGit2.Buffer);
        try
        {
            fixed (byte* data = content)
            {
                LibGit2.Check(LibGit2.git_filter_list_apply_to_buffer(&buffer, filters, data, (nuint)content.Length));
            }

            return write(new ReadOnlySpan<byte>(buffer.Data, checked((int)buffer.Size)));
        }
        finally
        {
            LibGit2.git_buf_dispose(&buffer);
            LibGit2.git_filter_list_free(filters);
        }
    }

    public void Dispose() => LibGit2.git_repository_free(_repository);

    /// <summary>Writes content, converted or not.</summary>
    public delegate IndexStat Writer(ReadOnlySpan<byte> content);
}
