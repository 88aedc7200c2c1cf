namespace CodeRepoOperator.Runtime.Settings;

/// <summary>The settings of what is logged: <c>Logging:LogLevel</c>, and the same for one way of logging.</summary>
internal static class LogLevels
{
    /// <summary>The configuration section.</summary>
    public const string Section = "Logging";

    private const string Levels = "LogLevel";

    /// <summary>What is wrong with the levels.</summary>
    public static IReadOnlyList<string> Errors(IConfiguration configuration) =>
        [
            .. Invalid(configuration)
                .Select(level =>
                    $"{level.Path} is {SettingText.Shown(level.Value)}: must be one of {string.Join(", ", Enum.GetNames<LogLevel>())}."
                ),
        ];

    /// <summary>
    /// The section as logging can be set up by it, without the levels that are none: the framework would end the process at the first of
    /// them, with a stack trace, and nothing else would be reported.
    /// </summary>
    public static IConfiguration Valid(IConfiguration configuration)
    {
        var settings = configuration
            .GetSection(Section)
            .AsEnumerable(makePathsRelative: true)
            .ToDictionary(StringComparer.OrdinalIgnoreCase);
        foreach (var level in Invalid(configuration))
        {
            settings[level.Path[(Section.Length + 1)..]] = "";
        }

        return new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
    }

    private static IEnumerable<IConfigurationSection> Invalid(IConfiguration configuration)
    {
        var logging = configuration.GetSection(Section);
        return logging
            .GetChildren()
            .Select(way => way.GetSection(Levels))
            .Prepend(logging.GetSection(Levels))
            .SelectMany(levels => levels.GetChildren())
            .Where(level => level.Value is { Length: > 0 } value && !Enum.TryParse<LogLevel>(value, ignoreCase: true, out _));
    }
}
