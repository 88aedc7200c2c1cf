using CodeRepoOperator.Api.Serving;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Runtime.Watching;
using k8s.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Api.Watching;

public sealed class CloneWatchesTests : IDisposable
{
    private static readonly NamespacedName Key = new("team", "hello");

    private readonly FakeTimeProvider _time = new();
    private readonly EntityCache<CodeRepo> _cache = new();
    private readonly Lifetime _lifetime = new();
    private readonly CloneWatches _watches;

    public CloneWatchesTests() =>
        _watches = new CloneWatches(
            _cache,
            new Informer<CodeRepo>(null!, Options.Create(new RuntimeOptions()), _time),
            _lifetime,
            Options.Create(new ApiOptions { MaxWatches = 6 }),
            _time
        );

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _watches.Dispose();
        _lifetime.Dispose();
    }

    [Fact]
    public void A_namespace_has_half_of_the_places()
    {
        Assert.All(Enumerable.Range(0, 3), number => Assert.NotNull(_watches.TryOpen(new NamespacedName("team", $"repo-{number}"))));
        Assert.Null(_watches.TryOpen(Key));

        Assert.All(Enumerable.Range(0, 3), _ => Assert.NotNull(_watches.TryOpen(new NamespacedName("other", "hello"))));
        Assert.Null(_watches.TryOpen(new NamespacedName("third", "hello")));
    }

    [Fact]
    public void A_watch_that_ends_makes_room_once()
    {
        var open = Enumerable.Range(0, 3).Select(_ => _watches.TryOpen(Key)!).ToList();
        Assert.Null(_watches.TryOpen(Key));

        open[0].Dispose();
        open[0].Dispose();

        Assert.NotNull(_watches.TryOpen(Key));
        Assert.Null(_watches.TryOpen(Key));
    }

    [Fact]
    public async Task A_change_wakes_those_who_watch_it_and_no_others()
    {
        var (watch, other) = (_watches.TryOpen(Key)!, _watches.TryOpen(new NamespacedName("team", "other"))!);
        var (woken, asleep) = (watch.WaitAsync(TimeSpan.FromSeconds(15), Token), other.WaitAsync(TimeSpan.FromSeconds(15), Token));

        _cache.Store(
            new CodeRepo
            {
                Metadata = new V1ObjectMeta
                {
                    NamespaceProperty = "team",
                    Name = "hello",
                    Uid = "1",
                },
            }
        );

        Assert.True(await woken);
        Assert.False(asleep.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(15));
        Assert.False(await asleep);
    }

    [Fact]
    public void A_watch_ends_with_its_caller_and_with_the_operator()
    {
        using var caller = new CancellationTokenSource();
        using var first = _watches.WhileServed(caller.Token);
        using var second = _watches.WhileServed(CancellationToken.None);

        caller.Cancel();
        Assert.Equal((true, false), (first.IsCancellationRequested, second.IsCancellationRequested));

        _lifetime.StopApplication();
        Assert.True(second.IsCancellationRequested);
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
