using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Hosting;

public sealed class TerminalFormatterTests
{
    [Fact]
    public void A_message_is_one_line_whatever_is_in_it()
    {
        var entry = new LogEntry<string>(
            LogLevel.Warning,
            "Category",
            eventId: 7,
            state: "",
            new InvalidOperationException("first\nsecond"),
            (_, _) => "Remote said: a\r\nb\u001b[31m"
        );
        using var written = new StringWriter { NewLine = "\n" };

        new TerminalFormatter(new FakeTimeProvider(DateTimeOffset.Parse("2026-01-02T03:04:05.678Z", provider: null))).Write(
            in entry,
            scopeProvider: null,
            written
        );

        Assert.Equal("03:04:05.678 warn Remote said: a  b [31m: System.InvalidOperationException: first second\n", written.ToString());
    }
}
