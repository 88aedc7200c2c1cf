using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Reporting;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Reporting;

/// <summary>Writes the controller's part of a status, where it has changed.</summary>
internal sealed class CodeRepoStatusWriter(
    StatusWriter<CodeRepo> statuses,
    RuntimeNames names,
    IOptions<StoreOptions> store,
    TimeProvider time
)
{
    /// <summary>Writes the status that a state has.</summary>
    /// <returns>The CodeRepo as it is now.</returns>
    /// <exception cref="k8s.Autorest.HttpOperationException">The API server refused it.</exception>
    public async Task<CodeRepo> WriteAsync(CodeRepo repo, CloneState state, CancellationToken cancellationToken)
    {
        var desired = StatusReport.For(repo, state, store.Value, time.GetUtcNow());
        var current = StatusReport.Current(repo);
        if (repo.Status is { Unreadable: { Count: > 0 } odd })
        {
            // A server-side apply fails on what is of another type than the CRD says, even where it would replace it.
            repo = await statuses.MergeAsync(
                repo,
                odd.ToDictionary(field => field, object? (_) => null, StringComparer.Ordinal),
                names.Controller,
                cancellationToken
            );
        }

        return await statuses.WriteAsync(repo, current, desired, names.Controller, cancellationToken);
    }
}
