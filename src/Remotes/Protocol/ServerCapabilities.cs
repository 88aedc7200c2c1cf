using System.Collections.Frozen;
using System.Text.RegularExpressions;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>What a server says it can do.</summary>
internal sealed partial class ServerCapabilities
{
    /// <summary>The first git that says what HEAD names before version 2 of the protocol (its release notes).</summary>
    private static readonly Version FirstToTellHeadTarget = new(1, 8, 5);

    private readonly FrozenDictionary<string, string> _values;

    /// <param name="version">Of the protocol: 2, or 0 for 1 and 0, which differ in their first line only.</param>
    /// <param name="words"><c>name</c> or <c>name=value</c>.</param>
    public ServerCapabilities(int version, IEnumerable<string> words)
    {
        Version = version;
        Words = [.. words];
        _values = Words
            .Where(word => word.Length > 0)
            .Select(word => word.Split('=', 2))
            .GroupBy(pair => pair[0], StringComparer.Ordinal)
            .ToFrozenDictionary(
                pairs => pairs.Key,
                pairs => string.Join(' ', pairs.Select(pair => pair.ElementAtOrDefault(1))),
                StringComparer.Ordinal
            );

        // Once: a server may name HEAD as often as it likes.
        HeadTarget = _values
            .GetValueOrDefault("symref")
            ?.Split(' ')
            .FirstOrDefault(pair => pair.StartsWith("HEAD:", StringComparison.Ordinal))
            ?["HEAD:".Length..];
    }

    /// <summary>2 or 0.</summary>
    public int Version { get; }

    /// <summary>As the server said them.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Whether the server names this.</summary>
    public bool Has(string name) => _values.ContainsKey(name);

    /// <summary>Whether the server names this among the features of that command.</summary>
    public bool Has(string command, string feature) =>
        _values.TryGetValue(command, out var features) && features.Split(' ').Contains(feature, StringComparer.Ordinal);

    /// <summary>
    /// Before version 2: by which of its words the server sends a pack among other things; null: it sends the pack and nothing else.
    /// </summary>
    public string? SideBand => Array.Find(["side-band-64k", "side-band"], Has);

    /// <summary>What the symbolic ref HEAD names, as v0 servers report it.</summary>
    public string? HeadTarget { get; }

    /// <summary>
    /// Whether the server says what HEAD names. Before version 2 that can be known of those that do so at present, and of git itself by its
    /// agent: a HEAD of which it says nothing is detached. Of others it is open.
    /// </summary>
    public bool NamesHeadTarget =>
        Version == 2
        || Has("symref")
        || (
            _values.TryGetValue("agent", out var agent)
            && GitVersion().Match(agent) is { Success: true } git
            && System.Version.TryParse(git.Groups["version"].ValueSpan, out var version)
            && version >= FirstToTellHeadTarget
        );

    /// <exception cref="RemoteFailureException">The repository's objects have names that this version can't read.</exception>
    public void RefuseOtherObjectFormats()
    {
        if (_values.TryGetValue("object-format", out var format) && format != "sha1")
        {
            throw new RemoteFailureException(
                Reasons.UnsupportedObjectFormat,
                $"The repository names its objects by {RemoteText.Shown(format)}; only SHA-1 repositories can be cloned."
            );
        }
    }

    [GeneratedRegex(@"^git/(?<version>\d{1,5}\.\d{1,5}(\.\d{1,5})?)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex GitVersion();
}
