using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime;

/// <summary>
/// Checks a section of the settings against its annotations and says of each mistake which key, which value and what would
/// be right. The framework's own message names neither section nor value.
/// </summary>
/// <typeparam name="TOptions">The options.</typeparam>
/// <param name="section">The section that they are bound to.</param>
internal sealed class SettingsValidator<TOptions>(string section) : IValidateOptions<TOptions>
    where TOptions : class
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, TOptions options)
    {
        var mistakes = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), mistakes, validateAllProperties: true);
        return mistakes.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(mistakes.Select(mistake => Describe(options, mistake)));
    }

    private string Describe(TOptions options, ValidationResult mistake)
    {
        var member = mistake.MemberNames.FirstOrDefault() ?? "";
        var value = typeof(TOptions).GetProperty(member)?.GetValue(options);
        return $"{section}:{member} is '{value}': {mistake.ErrorMessage}";
    }
}
