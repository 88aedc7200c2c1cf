using System.Buffers.Text;

namespace CodeRepoOperator.GitWorker;

/// <summary>
/// When a commit was made, as the commit says. LibGit2Sharp makes a date of it, which not every number is that somebody may write there.
/// </summary>
internal static class CommitTime
{
    private static ReadOnlySpan<byte> Committer => "committer "u8;

    /// <summary>Reads it out of a commit.</summary>
    /// <param name="commit">The object, without git's header.</param>
    /// <returns>Seconds since 1970; 0 when it says nothing that git would take for a time.</returns>
    public static long Of(ReadOnlySpan<byte> commit)
    {
        while (commit.IndexOf((byte)'\n') is > 0 and var end)
        {
            var line = commit[..end];
            if (line.StartsWith(Committer))
            {
                // A name may hold whatever it likes: what counts comes after the last of these.
                var time = line[(line.LastIndexOf((byte)'>') + 1)..].TrimStart((byte)' ');
                return Utf8Parser.TryParse(time, out ulong seconds, out _) && seconds <= long.MaxValue ? (long)seconds : 0;
            }

            commit = commit[(end + 1)..];
        }

        return 0;
    }
}
