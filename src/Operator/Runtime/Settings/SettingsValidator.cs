using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Settings;

/// <summary>
/// Sets options from a section of the settings, and finds every error in it at once. Each is reported with its key, its value
/// and what would be right; one that can't be read hides none that is out of its range.
/// </summary>
/// <typeparam name="TOptions">
/// The options: values, lists of strings, options below them, and lists of options. What concerns several of them is in their own
/// <see cref="IValidatableObject"/>.
/// </typeparam>
/// <param name="section">The section that they are bound to.</param>
/// <param name="configuration">All settings.</param>
internal sealed class SettingsValidator<TOptions>(string section, IConfiguration configuration)
    : IConfigureOptions<TOptions>,
        IValidateOptions<TOptions>
    where TOptions : class, new()
{
    private readonly SettingsReader _read = new(configuration.GetSection(section), new TOptions());

    /// <inheritdoc />
    public void Configure(TOptions options) => _read.Readable.Bind(options);

    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        List<string> errors = [.. _read.Errors, .. Wrong(section, options)];
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Wrong(string section, object options)
    {
        foreach (var error in options.GetType().GetProperties().SelectMany(property => OutOfRange(section, options, property)))
        {
            yield return error;
        }

        if (options is IValidatableObject whole)
        {
            foreach (var error in whole.Validate(new ValidationContext(options)))
            {
                yield return $"{section}:{error.MemberNames.First()} {error.ErrorMessage}";
            }
        }
    }

    private static IEnumerable<string> OutOfRange(string section, object options, PropertyInfo property)
    {
        if (property.GetValue(options) is IEnumerable<object> items and not IEnumerable<string>)
        {
            return items.SelectMany((item, index) => Wrong($"{section}:{property.Name}:{index}", item));
        }

        if (SettingsReader.HasOptions(property.PropertyType) && property.GetValue(options) is { } group)
        {
            return Wrong($"{section}:{property.Name}", group);
        }

        var value = property.GetValue(options);
        return property
            .GetCustomAttributes<ValidationAttribute>()
            .Where(rule => !rule.IsValid(value))
            .Select(rule =>
                rule switch
                {
                    RequiredAttribute => $"{section}:{property.Name} is missing: {rule.ErrorMessage}",
                    _ => $"{section}:{property.Name} is "
                        + $"{SettingsReader.Shown(property, Convert.ToString(value, CultureInfo.InvariantCulture))}: "
                        + $"must be {rule.ErrorMessage ?? SettingsReader.Allowed(property) + "."}",
                }
            );
    }
}
