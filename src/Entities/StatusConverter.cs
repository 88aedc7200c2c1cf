using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>Reads a status. What can't be read of it counts as missing: the operator alone writes it, and writes it anew.</summary>
public sealed class StatusConverter : TolerantConverter<CodeRepoStatus>
{
    private const int CommitLength = 40;

    /// <inheritdoc />
    protected override CodeRepoStatus Checked(CodeRepoStatus? read, IReadOnlyList<string> unreadable)
    {
        read ??= new CodeRepoStatus();
        var odd = unreadable.Select(path => path.Split('.', '[')[0]).ToHashSet(StringComparer.Ordinal);
        if (read.Conditions?.All(IsCondition) == false)
        {
            read.Conditions = null;
            odd.Add("conditions");
        }

        if (read.Commit is { Length: not CommitLength })
        {
            read.Commit = null;
            odd.Add("commit");
        }

        // Of a status that is no object, all goes with whatever field is taken off.
        // An array: there is one empty one for all.
        string[] named = odd.Contains("") ? ["conditions"] : [.. odd.Order(StringComparer.Ordinal)];
        read.Unreadable = named;
        return read;
    }

    private static bool IsCondition(V1Condition? condition) =>
        condition is { Type: not null, Status: not null, Reason: not null, Message: not null };
}
