#:project ../src/IndexingClient/IndexingClient.csproj
using CodeRepoOperator.IndexingClient;
using Npgsql;

// dotnet run examples/claim.cs ROW, with the way to the database in DATABASE, as Npgsql has it.
await using var database = NpgsqlDataSource.Create(Environment.GetEnvironmentVariable("DATABASE")!);
var repositories = new IndexingClaims(database);

var threshold = TimeSpan.FromMinutes(5);
if (await repositories.ClaimAsync(Guid.Parse(args[0]), threshold, CancellationToken.None) is not { } claim)
{
    Console.WriteLine("somebody else is at it");
    return 0;
}

// Sends heartbeats while the work runs; its token is cancelled when the row is lost.
var held = await claim.HoldWhileAsync(IndexAsync, every: threshold / 4, TimeProvider.System, CancellationToken.None);
if (!held || !await claim.FinishAsync("indexed", CancellationToken.None))
{
    Console.WriteLine("lost to another: what was made is not wanted");
    return 3;
}

Console.WriteLine($"indexed, with token {claim.Token}");
return 0;

static Task IndexAsync(CancellationToken lost) => Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, lost);
