using System.Text.RegularExpressions;
using Npgsql;

namespace CodeRepoOperator.Docs;

/// <summary>docs/indexing.md: its examples, and roles that have exactly the permissions that it grants.</summary>
internal static partial class IndexingGuide
{
    /// <summary>The page.</summary>
    public static readonly string Text = File.ReadAllText(Checkout.PathOf("docs/indexing.md"));

    /// <summary>The one example of a language that has a word in it.</summary>
    public static string Example(string language, string word) =>
        Fence()
            .Matches(Text)
            .Single(fence =>
                fence.Groups["language"].Value == language && fence.Groups["text"].Value.Contains(word, StringComparison.Ordinal)
            )
            .Groups["text"]
            .Value;

    /// <summary>
    /// Makes the roles of the page. Functions are nobody's unless granted, as where <c>ALTER DEFAULT PRIVILEGES … REVOKE EXECUTE ON
    /// FUNCTIONS FROM PUBLIC</c> was run before the migration.
    /// </summary>
    public static async Task GrantAsync(PostgresDatabase database, CancellationToken cancellationToken)
    {
        await database.RunAsync("REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC", cancellationToken);
        await database.RunAsync(
            Roled(database, Example("sql", "CREATE ROLE coderepo") + Example("sql", "CREATE ROLE indexer")),
            cancellationToken
        );
    }

    /// <summary>Roles are the server's, which other tests have too: each test has its own.</summary>
    public static string Roled(PostgresDatabase database, string sql) => RoleName().Replace(sql, role => $"{role.Value}_{database.Name}");

    /// <summary>The way to the database as one of the roles.</summary>
    public static string As(PostgresDatabase database, string role) =>
        new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Username = $"{role}_{database.Name}",
            Password = "change it",
        }.ConnectionString;

    /// <summary>The same, as libpq has it.</summary>
    public static string UrlAs(PostgresDatabase database, string role) =>
        $"postgresql://{role}_{database.Name}:change%20it@127.0.0.1:{database.Port}/{database.Name}";

    [GeneratedRegex(@"(?<=(ROLE|TO) )(coderepo|indexer)\b", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoleName();

    [GeneratedRegex(
        "^```(?<language>[a-z]+)\n(?<text>.*?)^```$",
        RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Fence();
}
