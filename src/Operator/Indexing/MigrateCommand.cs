using System.CommandLine;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Indexing.Migrations;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Programs;
using Npgsql;

namespace CodeRepoOperator.Indexing;

/// <summary><c>coderepo-operator migrate</c>.</summary>
internal static class MigrateCommand
{
    private const string Description = """
        Prepares the tables of Indexing:Targets for the recovery of stuck rows: columns, indexes, a trigger, and the functions that
        indexers call. Others read and write meanwhile. What is done already is not done again, so it may be run at any time, and
        must be when MaxResets or Targets change. It needs the owner of the tables, and a connection to PostgreSQL itself.

        Settings: Indexing:ConnectionFile (required), Indexing:Targets, Indexing:MaxResets, Indexing:LockTimeout; from the
        environment (Indexing__ConnectionFile=/etc/coderepo/database/connection) or as arguments (--Indexing:ConnectionFile=…).

        Exit codes: 0 done, or nothing to do; 1 failed, and the message says what is done and what to do; 2 it can't be done as it is
        set up, nothing was changed.
        """;

    public static Command Create(StopSignals signals)
    {
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the SQL that would run, for psql, and change nothing." };
        var down = new Option<bool>("--down")
        {
            Description = "Undo it: drop trigger, functions and indexes, and the columns that migrate has added, with what is in them.",
        };
        return CommandHost.Create(
            "migrate",
            Description,
            [dryRun, down],
            signals,
            services => services.AddIndexingDatabase().AddSingleton<Migration>(),
            (services, parsed, token) =>
                RunAsync(
                    services,
                    parsed.GetValue(down) ? MigrationDirection.Down : MigrationDirection.Up,
                    isDryRun: parsed.GetValue(dryRun),
                    token
                )
        );
    }

    private static async Task<int> RunAsync(
        IServiceProvider services,
        MigrationDirection direction,
        bool isDryRun,
        CancellationToken cancellationToken
    )
    {
        var migration = services.GetRequiredService<Migration>();
        try
        {
            if (isDryRun)
            {
                await Console.Out.WriteLineAsync(await migration.PrintAsync(direction, cancellationToken) ?? "-- There is nothing to do.");
            }
            else
            {
                await migration.RunAsync(direction, cancellationToken);
            }

            return ExitCodes.Done;
        }
        catch (NpgsqlException error) when (!cancellationToken.IsCancellationRequested)
        {
            return Failed(MigrationFailure.Of(error), migration.Progress, services.GetRequiredService<ILogger<Migration>>());
        }
        catch (Exception error) when (DatabaseErrors.IsOfCertificateFile(error))
        {
            throw new SetupException(DatabaseErrors.Describe(error), error);
        }
    }

    private static int Failed(MigrationFailure failure, MigrationProgress progress, ILogger log)
    {
        if (failure.IsSetup && !progress.HasChanged)
        {
            throw new SetupException($"{failure.Why}. Nothing was changed.");
        }

        var next = failure is { IsSetup: false, IsPassing: true } ? "Run it again" : "Correct that, and run it again";
        if (progress.HasChanged)
        {
            log.FailedHalfWay(failure.Why, progress.Shown, next);
        }
        else
        {
            log.FailedUnchanged(failure.Why, next);
        }

        return ExitCodes.Failed;
    }
}
