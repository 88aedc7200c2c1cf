namespace CodeRepoOperator.Runtime.Settings;

/// <summary>The settings of what is logged: <c>Logging:LogLevel</c>, and the same for one way of logging.</summary>
internal static class LogLevels
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Logging";

    private const string Levels = "LogLevel";

    /// <summary>
    /// Finds the levels that are none, and takes them out: the framework would end the process at the first of them, with a
    /// stack trace, and nothing else would be told.
    /// </summary>
    /// <returns>What is wrong with them.</returns>
    public static IReadOnlyList<string> RemoveInvalid(IConfiguration configuration)
    {
        var logging = configuration.GetSection(Section);
        var wrong = logging.GetChildren().Select(way => way.GetSection(Levels)).Prepend(logging.GetSection(Levels))
            .SelectMany(levels => levels.GetChildren())
            .Where(level => level.Value is { Length: > 0 } value && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _))
            .ToList();
        List<string> mistakes =
            [.. wrong.Select(level => $"{level.Path} is {SettingText.Shown(level.Value)}: must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}.")];
        wrong.ForEach(level => level.Value = "");
        return mistakes;
    }
}
