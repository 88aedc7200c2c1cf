using System.Text;
using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Remotes.Worker;

/// <summary>What a worker wrote to its standard error: usually nothing, a stack trace when it crashed.</summary>
/// <param name="credentials">What the worker got, and must not be shown whatever it wrote.</param>
internal sealed class WorkerErrors(GitCredentials? credentials)
{
    /// <summary>How much of the end is kept: enough for a stack trace.</summary>
    internal const int MaximumLength = 4 * 1024;

    private readonly StringBuilder _last = new();
    private bool _cut;

    /// <summary>Reads to the end, so that the worker never waits for a reader.</summary>
    public async Task ReadAsync(TextReader reader, CancellationToken cancellationToken)
    {
        var buffer = new char[4096];
        for (
            var read = await reader.ReadAsync(buffer, cancellationToken);
            read > 0;
            read = await reader.ReadAsync(buffer, cancellationToken)
        )
        {
            _last.Append(buffer, 0, read);
            var excess = Math.Max(0, _last.Length - (2 * MaximumLength));
            _last.Remove(0, excess);
            _cut |= excess > 0;
        }
    }

    /// <summary>The last lines, without credentials and control characters.</summary>
    public string Shown()
    {
        var text = _last.ToString();
        if (_cut)
        {
            // Whole lines only: a piece of a credential would not be recognised.
            text = text.IndexOf('\n', StringComparison.Ordinal) is var end and >= 0 ? text[end..] : "";
        }

        text = new CredentialRedaction(credentials).Of(text).Trim();
        var shown = text.Length > MaximumLength ? "…" + text[^MaximumLength..] : text;
        return string.Concat(shown.Select(c => char.IsControl(c) && c != '\n' ? ' ' : c));
    }
}
