using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Cloning.Inspecting;

/// <summary>A look that never ends holds up no other.</summary>
public sealed class CloneLooksTests : IDisposable
{
    private static readonly NamespacedName Stuck = new("team", "stuck");

    private readonly FakeTimeProvider _time = new();
    private readonly RecordingLogger<CloneLooks> _log = new();
    private readonly ManualResetEventSlim _end = new();
    private readonly CloneLooks _looks;
    private int _begun;

    public CloneLooksTests() => _looks = new CloneLooks(LookAt, _time, _log);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _end.Set();

    [Fact]
    public async Task Who_takes_too_long_is_left_alone_until_the_look_has_ended()
    {
        var first = _looks.LookAsync(Clone(Stuck), Token);
        while (!first.IsCompleted)
        {
            // The look may not have begun to wait yet.
            _time.Advance(CloneLooks.Deadline);
            await Task.Yield();
        }

        Assert.Null(await first);
        Assert.NotNull(await _looks.LookAsync(Clone(new NamespacedName("team", "whole")), Token));
        Assert.NotNull(await _looks.LookAsync(Clone(new NamespacedName("other", "whole")), Token));

        // Not a thread for each time that somebody asks.
        Assert.Null(await _looks.LookAsync(Clone(Stuck), Token));
        Assert.Equal(1, _begun);
        Assert.Contains("takes longer than 5 s", Assert.Single(_log.Entries).Text, StringComparison.Ordinal);

        _end.Set();
        while (await _looks.LookAsync(Clone(Stuck), Token) is null)
        {
            await Task.Yield();
        }
    }

    private static PublishedClone Clone(NamespacedName key) => TestClones.Published() with { Key = key };

    private ObservedClone LookAt(NamespacedName key, PublishedClone known)
    {
        if (key == Stuck)
        {
            Interlocked.Increment(ref _begun);
            _end.Wait(Token);
        }

        return new ObservedClone(known, Loss: null);
    }
}
