using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Monitoring;
using Npgsql;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>
/// Looks at what is said to have changed, and does for a moment what is to be done. On doubt nothing is done: rows that can't be read are
/// not rows that are gone.
/// </summary>
internal sealed class DeclarationRound(
    DeclaredTable table,
    DeclaredRepos repos,
    RowNotices notices,
    DeclaringMetrics metrics,
    ILogger<DeclarationRound> log
)
{
    /// <summary>What fails is one thing: CodeRepos are not kept.</summary>
    private const string Keeping = "keeping";

    /// <summary>
    /// What the database says of a key that can't be one, as a notification of anybody may have it: class 22, data exception.
    /// </summary>
    private const string DataException = "22";

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsDone => repos.IsDone && Failures == 0;

    /// <summary>How many rounds failed in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>Makes a round. What fails is logged, once, and nothing is lost by it.</summary>
    /// <param name="isInCharge">Whether this process may write; asked before each request.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Func<bool> isInCharge, CancellationToken cancellationToken)
    {
        try
        {
            await LookAsync(cancellationToken);
            await repos.WorkAsync(isInCharge, cancellationToken);
            Failures = 0;
            if (repos.IsDone && _logged.IsOver(Keeping))
            {
                log.KeptAgain();
            }
        }
        catch (SetupException error)
        {
            Failed(error.Message, error.Message);
        }
        catch (Exception error) when (error is not NpgsqlException && error.IsApiError() && !cancellationToken.IsCancellationRequested)
        {
            Failed($"api {error.Kind()}", $"the API server: {error.Describe()}");
        }
        catch (Exception error) when (DatabaseErrors.IsOne(error) && !cancellationToken.IsCancellationRequested)
        {
            Failed($"database {DatabaseErrors.Kind(error)}", $"the database: {DatabaseErrors.Describe(error)}");
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        // After a failure nobody knows what was missed.
        var (keys, isAny) = notices.Take();
        var isOfAll = keys is null || Failures > 0;
        if (isOfAll || !await TryReadAsync(keys!, cancellationToken))
        {
            await table.ReadAllAsync(cancellationToken);
        }

        if (isAny || isOfAll)
        {
            repos.Compare(table.Rows, keys ?? [], isOfAll);
        }
    }

    /// <returns>Whether the rows are known now.</returns>
    private async Task<bool> TryReadAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        try
        {
            if (keys.Count > 0)
            {
                await table.ReadAsync(keys, cancellationToken);
            }

            return true;
        }
        catch (PostgresException error) when (error.SqlState.StartsWith(DataException, StringComparison.Ordinal))
        {
            return false;
        }
    }

    private void Failed(string kind, string why)
    {
        Failures++;
        metrics.Written(DeclarationResult.Failed);
        if (_logged.IsNew(Keeping, kind))
        {
            log.NotKept(why.TrimEnd('.'));
        }
    }
}
