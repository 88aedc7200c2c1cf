using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Remotes.Urls;
using k8s.Models;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Decides row by row what an import makes of them. It remembers what it has seen, as hashes: a million rows are 40 MB.</summary>
/// <param name="ofNamespace">The namespace that CodeRepos are made in.</param>
internal sealed class ImportPlan(string ofNamespace)
{
    private readonly HashSet<CloneIdentity> _existing = [];
    private readonly HashSet<CloneIdentity> _planned = [];
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    /// <summary>Takes in a CodeRepo that is there: its name is taken, and its repository and branch need none.</summary>
    public void Add(CodeRepo repo)
    {
        _names.Add(repo.Metadata.Name);
        foreach (var identity in new[] { CloneIdentity.OfSpec(repo), CloneIdentity.OfHead(repo) }.OfType<CloneIdentity>())
        {
            _existing.Add(identity);
        }
    }

    /// <summary>Decides about the next row.</summary>
    public ImportDecision Decide(IndexingRow row)
    {
        var read = RowClone.Of(row);
        if (!read.Succeeded)
        {
            return new ImportDecision.Skip(read.Failure.Message);
        }

        var (url, branch) = read.Value;
        var repo = RepoIdentity.Of(url);
        var identity = CloneIdentity.Of(repo, branch);
        if (_existing.Contains(identity))
        {
            return new ImportDecision.Exists();
        }

        if (!_planned.Add(identity))
        {
            return new ImportDecision.Merged();
        }

        var text = CloneIdentity.Text(repo, branch);
        return new ImportDecision.Create(Repo(NameFor(row, repo, text), url, branch), text);
    }

    /// <summary>The same CodeRepo under another name, since somebody else has just taken the one it had.</summary>
    public CodeRepo Renamed(ImportDecision.Create create)
    {
        var name = RepoName.Distinct(create.Repo.Metadata.Name, create.Identity);
        _names.Add(name);
        return Repo(name, GitUrl.Parse(create.Repo.Spec.GitUrl).Value!, create.Repo.Spec.Branch);
    }

    /// <summary>Whether a CodeRepo is of the repository and branch of another.</summary>
    public static bool IsSame(CodeRepo repo, ImportDecision.Create create) =>
        repo.Spec.Ref is null
        && RepoIdentity.TryParse(repo.Spec.GitUrl) is { } identity
        && CloneIdentity.Text(identity, repo.Spec.Branch) == create.Identity;

    private string NameFor(IndexingRow row, RepoIdentity repo, string identity)
    {
        var name = RepoName.For(row.Name, repo.ToString());
        if (_names.Add(name))
        {
            return name;
        }

        name = RepoName.Distinct(name, identity);
        _names.Add(name);
        return name;
    }

    private CodeRepo Repo(string name, GitUrl url, string? branch) =>
        new()
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ofNamespace },
            Spec = new CodeRepoSpec { GitUrl = url.ToString(), Branch = branch },
        };
}
