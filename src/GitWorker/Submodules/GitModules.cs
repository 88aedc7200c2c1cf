using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.GitWorker.Submodules;

/// <summary>
/// What <c>.gitmodules</c> says of submodules: names, paths and URLs. Its other settings (<c>update</c>, <c>branch</c>, <c>ignore</c>,
/// <c>shallow</c>, <c>fetchRecurseSubmodules</c>) change nothing here, least of all <c>update = !command</c>.
/// </summary>
internal sealed class GitModules
{
    /// <summary>In bytes: some thousand submodules.</summary>
    public const int LongestFile = 1 << 20;

    private const string Section = "submodule";

    private readonly Dictionary<string, string> _urls = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _namesByPath = new(StringComparer.Ordinal);
    private readonly List<string> _taken = [];

    /// <summary>Reads it. Of what is set twice the last counts, as in git.</summary>
    /// <exception cref="InvalidDataException">Git could not read it either.</exception>
    public static GitModules Read(ReadOnlyMemory<byte> content)
    {
        var reader = new ConfigReader(content);
        var modules = new GitModules();
        while (reader.Next() is { } entry)
        {
            if (entry is { Section: Section, Subsection: { } name, Value: { } value })
            {
                modules.Add(name, entry.Key, value);
            }
        }

        return modules;
    }

    /// <summary>
    /// The submodule at a path. Those before it in the order of the paths keep their names: one that collides with theirs has a flaw.
    /// </summary>
    public FoundSubmodule Of(string path, string commit)
    {
        if (!_namesByPath.TryGetValue(path, out var name))
        {
            return new FoundSubmodule(path, commit, null, null, ".gitmodules has no entry with this path");
        }

        if (!IsSafe(name))
        {
            return new FoundSubmodule(path, commit, null, null, ".gitmodules gives it a name that is not safe");
        }

        if (_taken.Exists(taken => SubmoduleName.Collide(taken, name)))
        {
            return new FoundSubmodule(path, commit, null, null, ".gitmodules gives it the name of another, or one inside another's");
        }

        _taken.Add(name);
        return !_urls.TryGetValue(name, out var url) || url.Length == 0
                ? new FoundSubmodule(path, commit, null, null, ".gitmodules has no url for it")
            : url.Length > LongestUrl ? new FoundSubmodule(path, commit, null, null, "its URL is too long")
            : new FoundSubmodule(path, commit, name, url);
    }

    private const int LongestUrl = 2048;

    private void Add(string name, string key, string value)
    {
        switch (key)
        {
            case "path":
                _namesByPath[value] = name;
                break;
            case "url":
                _urls[name] = value;
                break;
            default:
                break;
        }
    }

    private static bool IsSafe(string name) =>
        SubmoduleName.IsSafe(name) && name.Split('/').All(part => PathRules.Allow(System.Text.Encoding.UTF8.GetBytes(part)));
}
