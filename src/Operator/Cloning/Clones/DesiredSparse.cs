using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Sparse;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a spec asks for by <c>sparse</c>.</summary>
internal static class DesiredSparse
{
    /// <summary>The folders; null: the whole tree.</summary>
    public static SparseFolders? Of(CodeRepoSpec spec) => spec.Sparse is { } paths ? SparseFolders.Of(paths) : null;

    /// <summary>Why they can't be taken, as the CRD has it; null: they can.</summary>
    public static string? FlawOf(CodeRepoSpec spec)
    {
        if (spec.Sparse is not { } paths)
        {
            return null;
        }

        if (paths.Count is 0 or > SparseFolders.Most)
        {
            return $"spec.sparse must have 1 to {SparseFolders.Most} folders: take it out to have the whole tree.";
        }

        var odd = paths.FirstOrDefault(path => path is null || !SparseFolders.IsPath(path));
        return odd is null && !paths.Contains(null!)
            ? null
            : $"spec.sparse has \"{RemoteText.Escaped(odd ?? "")}\", but takes paths of folders from the root on, like docs/api: of at "
                + $"most {SparseFolders.LongestPath} characters, without a slash or ! in front, spaces at the ends, empty parts, parts "
                + @"that are ., .. or .git, any of * ? [ ] \, or characters that can't be seen.";
    }
}
