using System.Globalization;
using CodeRepoOperator.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace CodeRepoOperator.Hosting;

/// <summary>
/// One line for each message, whatever is in it: time (UTC), level, text. The framework's own adds the category and a number to
/// each, which say nothing to a person, and lets a carriage return through.
/// </summary>
internal sealed class TerminalFormatter(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    /// <summary>What the formatter is chosen by.</summary>
    public const string FormatterName = "terminal";

    /// <inheritdoc />
    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var whole = logEntry.Exception is null ? text : $"{text}: {logEntry.Exception}";
        textWriter.Write(time.GetUtcNow().ToString("HH:mm:ss.fff ", CultureInfo.InvariantCulture));
        textWriter.Write(Word(logEntry.LogLevel));
        textWriter.Write(' ');
        textWriter.WriteLine(ForeignText.Line(whole));
    }

    /// <summary>As the framework has them.</summary>
    private static string Word(LogLevel level) =>
        level switch
        {
            LogLevel.Trace => "trce",
            LogLevel.Debug => "dbug",
            LogLevel.Information => "info",
            LogLevel.Warning => "warn",
            LogLevel.Error => "fail",
            _ => "crit",
        };
}
