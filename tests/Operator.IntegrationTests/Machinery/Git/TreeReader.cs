namespace CodeRepoOperator.Machinery.Git;

/// <summary>A consumer that opens a file of a clone again and again, and must find it each time.</summary>
internal sealed class TreeReader : IAsyncDisposable
{
    private const int LooksPerRead = 1000;

    private readonly CancellationTokenSource _stop = new();
    private readonly Task _reading;

    private TreeReader(string file) =>
        _reading = Task.Factory.StartNew(
            () => Read(file, _stop.Token),
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default
        );

    /// <summary>Starts to read a file that is in every tree of a clone.</summary>
    public static TreeReader Start(string clone, string file) => new(Path.Combine(clone, file));

    /// <summary>Stops; fails the test when the file was ever missing.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _reading;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        _stop.Dispose();
    }

    private static void Read(string file, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // Many looks to one read: they are the quickest way to meet a moment without a tree.
            for (var look = 0; look < LooksPerRead; look++)
            {
                Assert.True(File.Exists(file), $"{file} was missing");
            }

            Assert.NotEmpty(File.ReadAllText(file));
        }
    }
}
