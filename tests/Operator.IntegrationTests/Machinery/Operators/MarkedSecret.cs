using System.Text;

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>A secret that is found again wherever it went, however it was written there: as it is, in a URL, in JSON, in base64.</summary>
internal sealed class MarkedSecret
{
    /// <summary>What a line of PEM has.</summary>
    private const int LineLength = 64;

    private readonly IReadOnlyList<string> _traces;

    /// <param name="around">What stands around the mark, <c>{0}</c>: letters that others write in another way.</param>
    public MarkedSecret(string around = "{0}")
    {
        // Letters and digits, which no way of writing changes but base64.
        var mark = Guid.NewGuid().ToString("n");
        Value = string.Format(System.Globalization.CultureInfo.InvariantCulture, around, mark);
        _traces = TracesOf(mark);
    }

    private MarkedSecret(string value, IEnumerable<string> marks) => (Value, _traces) = (value, [.. marks.SelectMany(TracesOf)]);

    /// <summary>A private key as PEM: each whole line of it is a mark.</summary>
    public static MarkedSecret OfKey(string pem) =>
        new(pem, pem.Split('\n').Where(line => line.Length >= LineLength && !line.StartsWith('-')));

    /// <summary>The secret.</summary>
    public string Value { get; }

    /// <summary>Whether a text has it.</summary>
    public bool IsIn(string text) => _traces.Any(trace => text.Contains(trace, StringComparison.OrdinalIgnoreCase));

    private static List<string> TracesOf(string mark) => [mark, .. Enumerable.Range(0, 3).Select(shift => InBase64(mark, shift))];

    /// <summary>
    /// What base64 makes of the mark, wherever in a longer text it stands; without the letters that what is around it has a part in.
    /// </summary>
    private static string InBase64(string mark, int shift) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('x', shift) + mark))[4..^4];
}
