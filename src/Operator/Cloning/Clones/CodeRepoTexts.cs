using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Watching;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>Which texts of a CodeRepo others have as well.</summary>
internal static class CodeRepoTexts
{
    /// <summary>Shares them.</summary>
    public static void Share(CodeRepo repo, SharedTexts texts)
    {
        repo.ApiVersion = texts.Of(repo.ApiVersion);
        repo.Kind = texts.Of(repo.Kind);
        Share(repo.Spec, texts);
        if (repo.Status is { } status)
        {
            Share(status, texts);
        }
    }

    private static void Share(CodeRepoSpec spec, SharedTexts texts)
    {
        spec.Branch = texts.OfAny(spec.Branch);
        spec.Interval = texts.Of(spec.Interval);
        spec.Timeout = texts.Of(spec.Timeout);

        // The status has it too.
        spec.GitUrl = texts.Of(spec.GitUrl);
        if (spec.Auth is { } auth)
        {
            auth.Secret = texts.OfAny(auth.Secret)!;
        }
    }

    private static void Share(CodeRepoStatus status, SharedTexts texts)
    {
        status.Reason = texts.OfAny(status.Reason);
        status.Branch = texts.OfAny(status.Branch);
        foreach (var condition in status.Conditions ?? [])
        {
            texts.Share(condition);
        }

        if (status.Volume is { } volume)
        {
            volume.Claim = texts.OfAny(volume.Claim);
            volume.Namespace = texts.OfAny(volume.Namespace);
            volume.Node = texts.OfAny(volume.Node);
        }

        if (status.Origin is { } origin)
        {
            origin.Url = texts.OfAny(origin.Url);
        }

        if (status.Indexing is { } indexing)
        {
            indexing.Status = texts.OfAny(indexing.Status);
        }
    }
}
