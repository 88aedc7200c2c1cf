using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// CodeRepos that rows declare must be in a namespace that is watched: those that are not seen would be made again and again.
/// </summary>
internal sealed class DeclareNamespaceCheck(IOptions<RuntimeOptions> runtime) : IValidateOptions<IndexingOptions>
{
    /// <inheritdoc />
    public ValidateOptionsResult Validate(string? name, IndexingOptions options)
    {
        var (declare, watched) = (options.Declare, runtime.Value.Namespaces);
        return !declare.Enabled || watched.Count == 0 || watched.Contains(declare.Namespace)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail(
                $"{IndexingOptions.Section}:{nameof(IndexingOptions.Declare)}:{nameof(DeclareOptions.Namespace)} is "
                    + $"{SettingText.Shown(declare.Namespace)}, which {RuntimeOptions.Section}:{nameof(RuntimeOptions.Namespaces)} does "
                    + "not have: add it there, so that the operator watches it."
            );
    }
}
