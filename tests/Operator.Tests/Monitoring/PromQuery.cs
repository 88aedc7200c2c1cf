using System.Text.RegularExpressions;

namespace CodeRepoOperator.Monitoring;

/// <summary>
/// What an expression of Prometheus' language refers to: metrics, labels, and the functions that metrics are put into. Prometheus has no
/// way to ask it for that. Whether the expression is valid Prometheus itself says, where it is run.
/// </summary>
internal sealed partial class PromQuery
{
    private static readonly HashSet<string> Keywords = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"];
    private static readonly HashSet<string> Groupers = ["by", "without"];
    private static readonly HashSet<string> Matchers = ["on", "ignoring", "group_left", "group_right"];

    private readonly string[] _tokens;
    private readonly List<Selector> _selectors = [];
    private readonly List<Grouping> _groupings = [];
    private readonly List<string> _matched = [];
    private readonly Stack<Frame> _open = new();
    private int _next;

    private PromQuery(string text) => _tokens = [.. TokenPattern().Matches(text).Select(token => token.Value)];

    /// <summary>The series that are read.</summary>
    public IReadOnlyList<Selector> Selectors => _selectors;

    /// <summary>The aggregations that name labels.</summary>
    public IReadOnlyList<Grouping> Groupings => _groupings;

    /// <summary>The labels by which two sides are matched.</summary>
    public IReadOnlyList<string> Matched => _matched;

    /// <summary>Reads an expression.</summary>
    /// <exception cref="FormatException">It is not written as this project writes them.</exception>
    public static PromQuery Parse(string text)
    {
        var query = new PromQuery(text);
        query.Read();
        return query;
    }

    private void Read()
    {
        // What the next parenthesis belongs to.
        var (function, labels) = ("", new List<string>());
        while (_next < _tokens.Length)
        {
            var token = _tokens[_next++];
            if (token == "(")
            {
                var grouping = labels.Count > 0 ? new Grouping(labels, []) : null;
                _open.Push(new Frame(function, grouping));
                (function, labels) = ("", []);
                if (grouping is not null)
                {
                    _groupings.Add(grouping);
                }
            }
            else if (token == ")")
            {
                if (!_open.TryPop(out _))
                {
                    throw new FormatException("a parenthesis too many is closed");
                }
            }
            else if (Groupers.Contains(token))
            {
                labels =
                    function.Length > 0
                        ? ReadNames()
                        : throw new FormatException($"'{token}' belongs in front of what is aggregated: sum by (x) (…)");
            }
            else if (Matchers.Contains(token))
            {
                _matched.AddRange(ReadNames());
            }
            else if (NamePattern().IsMatch(token) && !Keywords.Contains(token))
            {
                function = IsFunction ? token : ReadSelector(token);
            }
        }

        if (_open.Count > 0)
        {
            throw new FormatException("a parenthesis is not closed");
        }
    }

    private bool IsFunction => Peek == "(" || Groupers.Contains(Peek);

    private string Peek => _next < _tokens.Length ? _tokens[_next] : "";

    private string ReadSelector(string metric)
    {
        var labels = new List<string>();
        if (Peek == "{")
        {
            for (_next++; Peek != "}"; _next++)
            {
                if (Peek.Length == 0)
                {
                    throw new FormatException($"the braces after {metric} are not closed");
                }

                if (NamePattern().IsMatch(Peek))
                {
                    labels.Add(Peek);
                }
            }
        }

        _selectors.Add(new Selector(metric, labels, _open.TryPeek(out var inner) ? inner.Function : ""));
        foreach (var frame in _open)
        {
            frame.Grouping?.Metrics.Add(metric);
        }

        return "";
    }

    private List<string> ReadNames()
    {
        var names = new List<string>();
        if (Peek == "(")
        {
            for (_next++; Peek is not (")" or ""); _next++)
            {
                if (Peek != ",")
                {
                    names.Add(Peek);
                }
            }

            _next++;
        }

        return names;
    }

    /// <summary>Strings, ranges and subqueries, numbers and durations, names, and all else by the character.</summary>
    [GeneratedRegex(
        """
            "[^"]*"|'[^']*'|\[[^\]]*\]|[0-9][0-9a-zA-Z.]*|[a-zA-Z_:][a-zA-Z0-9_:]*|[^\s]
            """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.NonBacktracking
    )]
    private static partial Regex TokenPattern();

    [GeneratedRegex("^[a-zA-Z_:]", RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();

    /// <summary>A metric that is read.</summary>
    /// <param name="Metric">Its name.</param>
    /// <param name="Labels">The labels that it is filtered by.</param>
    /// <param name="Function">The function or aggregation that it is put into; empty: none.</param>
    internal sealed record Selector(string Metric, IReadOnlyList<string> Labels, string Function);

    /// <summary>An aggregation.</summary>
    /// <param name="Labels">The labels that it keeps.</param>
    /// <param name="Metrics">The metrics within it.</param>
    internal sealed record Grouping(IReadOnlyList<string> Labels, List<string> Metrics);

    private sealed record Frame(string Function, Grouping? Grouping);
}
