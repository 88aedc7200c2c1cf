using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Brings the tables of the settings to where the claims, the sweep and the clients need them, or back.</summary>
internal sealed class Migration(IndexingDatabase database, IOptions<IndexingOptions> options, TimeProvider time, ILogger<Migration> log)
{
    private readonly IReadOnlyList<MigrationTarget> _targets = MigrationTarget.Of(options.Value);

    /// <summary>How far the run came.</summary>
    public MigrationProgress Progress { get; } = new();

    /// <summary>Does what is left to do.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="cancellationToken">Ends it; what is done stays, and the next run goes on from there.</param>
    /// <exception cref="SetupException">It can't be done as it is set up. Nothing was changed.</exception>
    /// <exception cref="NpgsqlException">It failed half-way.</exception>
    public async Task RunAsync(MigrationDirection direction, CancellationToken cancellationToken)
    {
        await using var session = await MigrationSession.OpenAsync(database, time, cancellationToken);
        await CheckAsync(session, direction, cancellationToken);
        await new MigrationLock(time, log).TakeAsync(session, cancellationToken);

        // Another may have been at work until now, and tables may have changed.
        await CheckAsync(session, direction, cancellationToken);
        foreach (var target in _targets)
        {
            await RunAsync(session, target, direction, cancellationToken);
        }
    }

    /// <summary>What would be run, as psql takes it; null: there is nothing to do.</summary>
    /// <param name="direction">Which way.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="SetupException">It can't be done as it is set up.</exception>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public async Task<string?> PrintAsync(MigrationDirection direction, CancellationToken cancellationToken)
    {
        await using var session = await MigrationSession.OpenAsync(database, time, cancellationToken);
        await CheckAsync(session, direction, cancellationToken);
        var steps = new List<MigrationStep>();
        foreach (var target in _targets)
        {
            steps.AddRange(await PlanAsync(session, target, direction, cancellationToken));
        }

        return steps.Count == 0 ? null : StepSql.Printed(steps, options.Value.LockTimeout);
    }

    private async Task RunAsync(
        MigrationSession session,
        MigrationTarget target,
        MigrationDirection direction,
        CancellationToken cancellationToken
    )
    {
        var start = time.GetTimestamp();
        var steps = await PlanAsync(session, target, direction, cancellationToken);
        if (steps.Count == 0)
        {
            log.NothingToDo(target.Shown);
            return;
        }

        var runner = new StepRunner(session, options.Value.LockTimeout, time, log);
        Progress.Begin(steps);
        foreach (var step in steps)
        {
            await runner.RunAsync(step, cancellationToken);
            Progress.StepDone();
        }

        var took = (long)time.GetElapsedTime(start).TotalMilliseconds;
        log.TargetDone(target.Shown, steps.Count, took);
    }

    private async Task<IReadOnlyList<MigrationStep>> PlanAsync(
        MigrationSession session,
        MigrationTarget target,
        MigrationDirection direction,
        CancellationToken cancellationToken
    )
    {
        await using var connection = await session.Source.OpenConnectionAsync(cancellationToken);
        var table = await CatalogProbe.TableAsync(connection, target, cancellationToken);
        return direction == MigrationDirection.Up ? UpPlan.For(target, table, options.Value.MaxResets) : DownPlan.For(target, table);
    }

    private async Task CheckAsync(MigrationSession session, MigrationDirection direction, CancellationToken cancellationToken)
    {
        await using var connection = await session.Source.OpenConnectionAsync(cancellationToken);
        var server = await CatalogProbe.ServerAsync(connection, cancellationToken);
        var findings = SetupFindings.Of(server).ToList();
        foreach (var target in _targets)
        {
            var table = await CatalogProbe.TableAsync(connection, target, cancellationToken);
            table =
                direction == MigrationDirection.Up
                    ? await ValueProbe.ReadAsync(connection, target, table, cancellationToken)
                    : await DependentProbe.ReadAsync(connection, target, table, cancellationToken);
            findings.AddRange(SetupFindings.Of(target, table, server.User, direction));
        }

        if (findings.Count > 0)
        {
            throw new SetupException($"nothing was changed, for this is missing:\n  {string.Join("\n  ", findings)}");
        }
    }
}
