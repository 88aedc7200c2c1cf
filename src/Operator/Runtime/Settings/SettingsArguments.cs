namespace CodeRepoOperator.Runtime.Settings;

/// <summary>The settings that are given as arguments.</summary>
internal static class SettingsArguments
{
    /// <summary>Finds arguments that set nothing: unlike the environment, the command line is all ours.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="sections">The sections that there are.</param>
    public static IEnumerable<string> Errors(IEnumerable<string> arguments, string[] sections) =>
        arguments.Select(argument => Error(argument, sections)).OfType<string>();

    private static string? Error(string argument, string[] sections)
    {
        var (key, isWhole) = (argument.Split('=')[0], argument.Contains('=', StringComparison.Ordinal));
        if (!isWhole || !key.StartsWith("--", StringComparison.Ordinal))
        {
            return $"{SettingText.Shown(key)} is not a setting: write --Section:Name=value.";
        }

        var path = key[2..];
        var section = path.Split(ConfigurationPath.KeyDelimiter)[0];
        return section != path && sections.Contains(section, StringComparer.OrdinalIgnoreCase) ? null
            : SettingText.Nearest(section, sections) is { } meant && meant.Length < path.Length
                ? $"{path} is not a setting; did you mean {meant}{path[section.Length..]}?"
            : $"{path} is not a setting.";
    }
}
