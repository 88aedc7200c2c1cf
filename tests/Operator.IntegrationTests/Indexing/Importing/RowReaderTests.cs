using System.Globalization;
using CodeRepoOperator.Indexing.Tables;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Indexing.Importing;

/// <summary>Reads each row of a table once, in pages, whatever the key is.</summary>
public sealed class RowReaderTests(PostgresServer server)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("bigint", "n - 12")]
    [InlineData("numeric", "n / 4.0")]
    [InlineData("text", "chr(64 + n) || n")]
    [InlineData("text COLLATE \"C\"", "CASE WHEN n % 2 = 0 THEN 'a' ELSE 'B' END || n")]
    [InlineData("timestamptz", "now() + n * interval '1 day'")]
    [InlineData("uuid", "gen_random_uuid()")]
    public async Task Each_row_is_read_once(string type, string key)
    {
        await using var fixture = await IndexingFixture.CreateAsync(
            server,
            $"""
            CREATE TABLE repositories (id {type} PRIMARY KEY, git_url text, branch text, status text);
            INSERT INTO repositories (id, git_url) SELECT {key}, n::text FROM generate_series(1, 25) n
            """
        );
        var options = new IndexingOptions { ConnectionFile = fixture.ConnectionFile };
        await using var connections = new IndexingDatabase(Options.Create(options));
        var urls = new List<int>();

        await foreach (var row in new RowReader(connections, options) { PageSize = 3 }.ReadAsync(new IndexingTarget(), Token))
        {
            urls.Add(int.Parse(row.Url, CultureInfo.InvariantCulture));
        }

        Assert.Equal(Enumerable.Range(1, 25), urls.Order());
    }
}
