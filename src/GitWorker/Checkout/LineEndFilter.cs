using System.Text;
using CodeRepoOperator.Cloning.Remotes;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>Converts line ends as the attributes in a working tree say, by libgit2; it has no other filter that would apply.</summary>
internal sealed unsafe class LineEndFilter : IDisposable
{
    private readonly nint _repository;
    private readonly AttributeTime.Worker _time;

    /// <param name="clone">The working tree, its index written.</param>
    /// <param name="time">Where look-ups are counted.</param>
    public LineEndFilter(string clone, AttributeTime.Worker time)
    {
        _time = time;
        LibGit2.Check(LibGit2.git_repository_open(out _repository, clone));
    }

    /// <summary>Hands on what is to be written for a file.</summary>
    public IndexStat Apply(TreeFile file, ReadOnlySpan<byte> content, Writer write)
    {
        nint filters;
        fixed (byte* path = (byte[])[.. file.Path, 0])
        {
            _time.Begin();
            try
            {
                LibGit2.Check(LibGit2.git_filter_list_load(out filters, _repository, blob: 0, path, mode: 0, flags: 0));
            }
            finally
            {
                _time.End();
            }
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

            return buffer.Size <= int.MaxValue
                ? write(new ReadOnlySpan<byte>(buffer.Data, (int)buffer.Size))
                : throw new RemoteFailureException(
                    Reasons.TooLarge,
                    $"A file takes more than {int.MaxValue} bytes once its line ends are CR LF ({RemoteText.Escaped(Encoding.UTF8.GetString(file.Path))}): "
                    + "change its attributes on the branch, or choose another branch by spec.branch.");
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
