using System.Text.Encodings.Web;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>A CodeRepo as <c>kubectl apply</c> takes it.</summary>
internal static class CodeRepoText
{
    /// <summary>As a document of YAML. Its texts are in the quotes of JSON, which are YAML's: no name is taken for a number.</summary>
    public static string Yaml(CodeRepo repo)
    {
        List<string> lines =
        [
            "---",
            $"apiVersion: {repo.ApiVersion}",
            $"kind: {repo.Kind}",
            "metadata:",
            $"  name: {Quoted(repo.Metadata.Name)}",
            $"  namespace: {Quoted(repo.Metadata.NamespaceProperty)}",
            "spec:",
            $"  git_url: {Quoted(repo.Spec.GitUrl)}",
        ];
        if (repo.Spec.Branch is { } branch)
        {
            lines.Add($"  branch: {Quoted(branch)}");
        }

        return string.Join('\n', lines);
    }

    private static string Quoted(string text) => $"\"{JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)}\"";
}
