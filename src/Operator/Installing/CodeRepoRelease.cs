using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Reconciling;
using CodeRepoOperator.Runtime.Watching;
using k8s.Autorest;

namespace CodeRepoOperator.Installing;

/// <summary>Takes the operator's finalizer off CodeRepos, so that they need no operator to be deleted. Clones are not touched.</summary>
internal sealed class CodeRepoRelease(EntityReader<CodeRepo> reader, FinalizerKeeper<CodeRepo> finalizer, TextWriter output)
{
    /// <summary>Requests at once: thousands of CodeRepos take seconds, and the API server serves others meanwhile.</summary>
    private const int Parallelism = 8;

    /// <summary>How often CodeRepos that somebody else was changing are tried again.</summary>
    private const int Rounds = 10;

    private int _released;

    /// <summary>Takes it off all CodeRepos of a namespace.</summary>
    /// <param name="ofNamespace">The namespace; null: all.</param>
    /// <param name="isDryRun">Whether they are only listed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How many were let go.</returns>
    /// <exception cref="HttpOperationException">The API server refuses, or somebody changes a CodeRepo all the time.</exception>
    public async Task<int> RunAsync(string? ofNamespace, bool isDryRun, CancellationToken cancellationToken)
    {
        _released = 0;
        bool isContested;
        var round = 0;
        do
        {
            round++;
            isContested = false;
            await Parallel.ForEachAsync(
                (await ListAsync(ofNamespace, cancellationToken)).Where(finalizer.IsOn),
                new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken },
                async (repo, token) =>
                {
                    try
                    {
                        await LetGoAsync(repo, isDryRun, token);
                    }
                    catch (HttpOperationException error) when (error.IsConflict() && round < Rounds)
                    {
                        // Somebody else wrote first; the next round reads what.
                        isContested = true;
                    }
                }
            );
        } while (isContested);

        return _released;
    }

    private async Task<IEnumerable<CodeRepo>> ListAsync(string? ofNamespace, CancellationToken cancellationToken)
    {
        try
        {
            return (await reader.ListAsync(ofNamespace, cancellationToken)).Entities;
        }
        catch (HttpOperationException error) when (error.IsNotFound())
        {
            // Without the CRD there are none.
            return [];
        }
    }

    private async Task LetGoAsync(CodeRepo repo, bool isDryRun, CancellationToken cancellationToken)
    {
        if (!isDryRun && !await TryTakeOffAsync(repo, cancellationToken))
        {
            return;
        }

        Interlocked.Increment(ref _released);
        var deleted = repo.Metadata.DeletionTimestamp is null ? "" : ", which waited to be deleted";
        await output.WriteLineAsync($"{(isDryRun ? "would release" : "released")} {NamespacedName.Of(repo)}{deleted}");
    }

    /// <returns>Whether it was there.</returns>
    private async Task<bool> TryTakeOffAsync(CodeRepo repo, CancellationToken cancellationToken)
    {
        try
        {
            await finalizer.TakeOffAsync(repo, cancellationToken);
            return true;
        }
        catch (HttpOperationException error) when (error.IsNotFound())
        {
            return false;
        }
    }
}
