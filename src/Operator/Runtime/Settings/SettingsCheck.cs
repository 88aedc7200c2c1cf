using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Settings;

/// <summary>All that is wrong with all settings, so that one start says everything.</summary>
internal static class SettingsCheck
{
    /// <summary>Looks through the arguments, all sections that are registered, and the levels of the log.</summary>
    /// <param name="services">Where the sections are registered.</param>
    /// <param name="configuration">All settings.</param>
    /// <param name="arguments">The arguments.</param>
    public static IReadOnlyList<string> Errors(IServiceProvider services, IConfiguration configuration, IReadOnlyList<string> arguments)
    {
        var sections = services.GetServices<SettingsSection>().Select(section => section.Name).Append(LogLevels.Section);
        return [.. SettingsArguments.Errors(arguments, [.. sections]), .. Wrong(services), .. LogLevels.Errors(configuration)];
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
