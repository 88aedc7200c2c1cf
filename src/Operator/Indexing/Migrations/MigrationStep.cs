namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A script that is to run.</summary>
/// <param name="Target">For which target.</param>
/// <param name="Script">The script's name.</param>
/// <param name="Sql">Its text, ready to run.</param>
/// <param name="Does">What it does, for the log.</param>
/// <param name="IsTransaction">Whether it runs in a transaction, with a strong lock; else each statement by itself, and with none.</param>
/// <param name="Prepare">SQL that makes the journal, if this is the first to write into it.</param>
/// <param name="Record">SQL that writes into the journal that it was done.</param>
internal sealed record MigrationStep(MigrationTarget Target, string Script, string Sql, string Does, bool IsTransaction, string Prepare, string Record);
