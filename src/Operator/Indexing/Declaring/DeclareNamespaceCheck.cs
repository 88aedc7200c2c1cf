using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// CodeRepos that rows declare must be in a namespace that is watched: those that are not seen would be made again and again.
/// </summary>
/// <param name="configuration">All settings. Those of the runtime may be wrong themselves, which is reported of them.</param>
internal sealed class DeclareNamespaceCheck(IConfiguration configuration) : IValidateOptions<IndexingOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, IndexingOptions options)
    {
        var declare = options.Declare;
        var namespaces = configuration.GetSection($"{RuntimeOptions.Section}:{nameof(RuntimeOptions.Namespaces)}");
        var watched = namespaces.GetChildren().Select(item => item.Value).ToList();
        return !declare.Enabled || watched.Count == 0 || watched.Contains(declare.Namespace)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{IndexingOptions.Section}:{nameof(IndexingOptions.Declare)}:{nameof(DeclareOptions.Namespace)} is "
                    + $"{SettingText.Shown(declare.Namespace)}, which {RuntimeOptions.Section}:{nameof(RuntimeOptions.Namespaces)} does "
                    + "not have: add it there, so that the operator watches it."
            );
    }
}
