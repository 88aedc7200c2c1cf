using System.Text.Encodings.Web;
using System.Text.Json;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Logging.Console;

namespace CodeRepoOperator.Hosting;

/// <summary>How the program logs.</summary>
internal static class LoggingSetup
{
    /// <summary>JSON where a collector reads, one line a message where a person does.</summary>
    public static void AddOperatorLog(this ILoggingBuilder logging, IConfiguration configuration)
    {
        // The host says a failed start with a stack trace, and a loop that failed twice: once at this level. The later of two
        // rules wins: what is set by hand.
        logging
            .AddFilter("Microsoft", LogLevel.Warning)
            .AddFilter("Microsoft.Extensions.Hosting", LogLevel.Critical)
            .AddConfiguration(LogLevels.Valid(configuration));
        if (ClusterEnvironment.IsPod(configuration))
        {
            logging.AddJsonConsole(json =>
            {
                (json.TimestampFormat, json.UseUtcTimestamp, json.IncludeScopes) = ("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", true, true);

                // No browser will take it for a page: a quote may be a quote.
                json.JsonWriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            });
        }
        else
        {
            // Not AddConsoleFormatter, which binds options: this one has none.
            logging
                .AddConsole(console => console.FormatterName = TerminalFormatter.FormatterName)
                .Services.AddSingleton<ConsoleFormatter, TerminalFormatter>();
        }
    }
}
