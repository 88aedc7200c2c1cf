using System.Globalization;
using DbUp.Engine.Output;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>What DbUp tells goes to our log, for those who look for a fault. Its errors are not told here: they come back as the result, and are told once, without a stack.</summary>
internal sealed class StepLog(ILogger log) : IUpgradeLog
{
    /// <inheritdoc />
    public void LogTrace(string format, params object[] args) => Tell(format, args);

    /// <inheritdoc />
    public void LogDebug(string format, params object[] args) => Tell(format, args);

    /// <inheritdoc />
    public void LogInformation(string format, params object[] args) => Tell(format, args);

    /// <inheritdoc />
    public void LogWarning(string format, params object[] args) => Tell(format, args);

    /// <inheritdoc />
    public void LogError(string format, params object[] args)
    {
    }

    /// <inheritdoc />
    public void LogError(Exception ex, string format, params object[] args)
    {
    }

    private void Tell(string format, object[] args) => log.Library(args.Length == 0 ? format : string.Format(CultureInfo.InvariantCulture, format, args));
}
