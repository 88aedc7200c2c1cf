namespace CodeRepoOperator.Remotes;

/// <summary>What becomes of one git URL, wherever it is written.</summary>
/// <param name="Url">As somebody writes it.</param>
/// <param name="Verdict">Who refuses it.</param>
public sealed record GitUrlCase(string Url, GitUrlVerdict Verdict)
{
    /// <summary>The spelling that it is kept in, as it goes into status, marker and the CodeRepos of an import; of what is taken.</summary>
    public string Canonical { get; init; } = "";

    /// <summary>Its repository, which rows and pushes are matched by; of what is taken.</summary>
    public string Identity { get; init; } = "";

    /// <summary>A part of the reason; of what is refused.</summary>
    public string Why { get; init; } = "";

    /// <summary>Why git decides otherwise; null: it takes what is taken here, and nothing else.</summary>
    public string? UnlikeGit { get; init; }

    public override string ToString() => Url;
}
