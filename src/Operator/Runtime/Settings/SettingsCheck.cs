using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Settings;

/// <summary>All that is wrong with all settings, so that one start tells everything.</summary>
internal static class SettingsCheck
{
    /// <summary>Looks through the arguments and all sections that are registered.</summary>
    /// <param name="services">Where they are registered.</param>
    /// <param name="arguments">The arguments.</param>
    /// <param name="wrongLevels">What is wrong with the levels of the log.</param>
    public static IReadOnlyList<string> Errors(IServiceProvider services, IReadOnlyList<string> arguments, IEnumerable<string> wrongLevels)
    {
        var sections = services.GetServices<SettingsSection>().Select(section => section.Name).Append(LogLevels.Section);
        return [.. SettingsArguments.Errors(arguments, [.. sections]), .. Wrong(services), .. wrongLevels];
    }

    private static IEnumerable<string> Wrong(IServiceProvider services)
    {
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
            return [];
        }
        catch (OptionsValidationException error)
        {
            return error.Failures;
        }
        catch (AggregateException errors) when (errors.InnerExceptions.All(error => error is OptionsValidationException))
        {
            return errors.InnerExceptions.Cast<OptionsValidationException>().SelectMany(error => error.Failures);
        }
    }
}
