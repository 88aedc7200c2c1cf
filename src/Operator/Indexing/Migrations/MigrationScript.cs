using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>A numbered script, ready to run.</summary>
/// <param name="Name">Its name, as <c>0001_columns.sql</c>.</param>
/// <param name="Sql">Its text.</param>
/// <param name="IsTransaction">Whether it runs in a transaction, with a strong lock; else each statement by itself, and with none.</param>
internal sealed record MigrationScript(string Name, string Sql, bool IsTransaction)
{
    /// <summary>What says its text from that of another version of it.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));
}
