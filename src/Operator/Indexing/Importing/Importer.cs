using System.Net;
using System.Text.Json.Nodes;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s;
using k8s.Autorest;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Makes CodeRepos of rows, one request each, and says what became of each row that gave none.</summary>
internal sealed class Importer(EntityReader<CodeRepo> reader, IKubernetes kubernetes, RowReader rows, TextWriter output)
{
    /// <summary>Imports.</summary>
    /// <param name="target">The table.</param>
    /// <param name="ofNamespace">Where CodeRepos are made.</param>
    /// <param name="isDryRun">Whether they are only printed.</param>
    /// <param name="cancellationToken">Ends it; what was made stays.</param>
    /// <exception cref="HttpOperationException">The API server refuses all of it: a right, or the namespace, is missing.</exception>
    public async Task<ImportTally> RunAsync(IndexingTarget target, string ofNamespace, bool isDryRun, CancellationToken cancellationToken)
    {
        if (await rows.HiddenAsync(target, cancellationToken) is { } hidden)
        {
            await output.WriteLineAsync($"{Comment(isDryRun)}{hidden}");
        }

        var plan = new ImportPlan(ofNamespace);
        foreach (var repo in (await reader.ListAsync(ofNamespace, cancellationToken)).Entities)
        {
            plan.Add(repo);
        }

        var tally = new ImportTally();
        await foreach (var row in rows.ReadAsync(target, cancellationToken))
        {
            tally.Rows++;
            switch (plan.Decide(row))
            {
                case ImportDecision.Exists:
                    tally.Existing++;
                    break;
                case ImportDecision.Merged:
                    tally.Merged++;
                    break;
                case ImportDecision.Skip skip:
                    tally.Skipped++;
                    await output.WriteLineAsync($"{Comment(isDryRun)}skipped row {SettingText.Shown(row.Key)}: {skip.Why}");
                    break;
                case ImportDecision.Create create when isDryRun:
                    tally.Created++;
                    await output.WriteLineAsync(CodeRepoText.Yaml(create.Repo));
                    break;
                case ImportDecision.Create create:
                    await CreateAsync(plan, create, row, tally, cancellationToken);
                    break;
            }
        }

        return tally;
    }

    /// <summary>What is no CodeRepo is a comment of YAML in a dry run: all of its output can be applied.</summary>
    public static string Comment(bool isDryRun) => isDryRun ? "# " : "";

    private async Task CreateAsync(
        ImportPlan plan,
        ImportDecision.Create create,
        IndexingRow row,
        ImportTally tally,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var repo = create.Repo;
            if (!await TryCreateAsync(repo, cancellationToken))
            {
                if (await FindAsync(repo, cancellationToken) is { } other && ImportPlan.IsSame(other, create))
                {
                    tally.Existing++;
                    return;
                }

                repo = plan.Renamed(create);
                if (!await TryCreateAsync(repo, cancellationToken))
                {
                    tally.Existing++;
                    return;
                }
            }

            tally.Created++;
            await output.WriteLineAsync(
                $"created {NamespacedName.Of(repo)}: {repo.Spec.GitUrl}{(repo.Spec.Branch is { } branch ? $", branch {branch}" : "")}"
            );
        }
        catch (HttpOperationException refusal)
            when (refusal.Response.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.BadRequest)
        {
            // This one; the others may be taken.
            tally.Refused++;
            await output.WriteLineAsync($"refused row {SettingText.Shown(row.Key)}: {refusal.Describe()}");
        }
    }

    /// <returns>Whether it was made; if not, somebody else has the name.</returns>
    private async Task<bool> TryCreateAsync(CodeRepo repo, CancellationToken cancellationToken)
    {
        var spec = new JsonObject { ["git_url"] = repo.Spec.GitUrl };
        if (repo.Spec.Branch is { } branch)
        {
            spec["branch"] = branch;
        }

        // No more than was found: what the CRD has defaults for is left to it.
        var body = new JsonObject
        {
            ["apiVersion"] = repo.ApiVersion,
            ["kind"] = repo.Kind,
            ["metadata"] = new JsonObject { ["name"] = repo.Metadata.Name, ["namespace"] = repo.Metadata.NamespaceProperty },
            ["spec"] = spec,
        };
        try
        {
            await kubernetes.CustomObjects.CreateNamespacedCustomObjectAsync(
                body,
                CodeRepo.Group,
                CodeRepo.Version,
                repo.Metadata.NamespaceProperty,
                CodeRepo.Plural,
                cancellationToken: cancellationToken
            );
            return true;
        }
        catch (HttpOperationException error) when (error.IsConflict())
        {
            return false;
        }
    }

    private Task<CodeRepo?> FindAsync(CodeRepo repo, CancellationToken cancellationToken) =>
        kubernetes
            .CustomObjects.GetNamespacedCustomObjectAsync<CodeRepo>(
                CodeRepo.Group,
                CodeRepo.Version,
                repo.Metadata.NamespaceProperty,
                CodeRepo.Plural,
                repo.Metadata.Name,
                cancellationToken
            )
            .OrNullAsync();
}
