using System.Text;

namespace CodeRepoOperator.Machinery;

/// <summary>A secret that is found again wherever it went, however it was written there: as it is, in a URL, in JSON, in base64.</summary>
internal sealed class MarkedSecret
{
    private readonly IReadOnlyList<string> _traces;

    /// <param name="around">What stands around the mark, <c>{0}</c>: letters that others write in another way.</param>
    public MarkedSecret(string around = "{0}")
    {
        // Letters and digits, which no way of writing changes but base64.
        var mark = Guid.NewGuid().ToString("n");
        Value = string.Format(System.Globalization.CultureInfo.InvariantCulture, around, mark);
        _traces = [mark, .. Enumerable.Range(0, 3).Select(shift => InBase64(mark, shift))];
    }

    /// <summary>The secret.</summary>
    public string Value { get; }

    /// <summary>Whether a text has it.</summary>
    public bool IsIn(string text) => _traces.Any(trace => text.Contains(trace, StringComparison.OrdinalIgnoreCase));

    /// <summary>What base64 makes of the mark, wherever in a longer text it stands; without the letters that what is around it has a part in.</summary>
    private static string InBase64(string mark, int shift)
        => Convert.ToBase64String(Encoding.ASCII.GetBytes(new string('x', shift) + mark))[4..^4];
}
