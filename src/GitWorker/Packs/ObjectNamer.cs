using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using CodeRepoOperator.GitWorker.Git;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>
/// Gives the objects of a pack their names, on a thread beside the one that unpacks them: a hash that detects collisions takes about as
/// long as inflating what it hashes. A pack that fits into one batch needs no thread.
/// </summary>
/// <param name="entries">Where the names go; only its user's thread touches it.</param>
/// <param name="nameOf">The hash.</param>
internal sealed unsafe class ObjectNamer(List<PackEntry> entries, ObjectNamer.NameOf nameOf) : IDisposable
{
    // Contents are copied: beside hashing and inflating that is nothing.
    private const nuint BatchSize = 512 * 1024;

    // An entry without content still takes memory of a batch.
    private const int EntriesInBatch = 4096;

    // One that is filled, one that is named, and two so that neither thread waits for each change of pace of the other.
    private const int Batches = 4;

    private readonly BlockingCollection<Batch> _full = [];
    private readonly BlockingCollection<Batch> _named = [];
    private Batch? _filling = new();
    private Task? _work;
    private volatile ExceptionDispatchInfo? _failure;

    /// <summary>What an object of this kind and content is called.</summary>
    internal delegate ObjectId NameOf(ObjectKind kind, byte* content, nuint length);

    /// <summary>Has an entry named, now or until <see cref="Settle"/>.</summary>
    /// <param name="entry">Its index in the entries.</param>
    /// <param name="content">The object's, which is not needed afterwards.</param>
    public void Add(int entry, NativeBuffer content)
    {
        if (content.Length > BatchSize || Environment.ProcessorCount == 1)
        {
            // As large as that it is not copied, and the other thread goes on with what it has meanwhile.
            Name(entry, content);
            return;
        }

        _filling ??= Take();
        if (_filling.Content.Length + content.Length > BatchSize || _filling.Objects.Count == EntriesInBatch)
        {
            HandOver(_filling);
            _filling = Take();
        }

        _filling.Add(entry, entries[entry].Kind, content);
    }

    /// <summary>Names an entry now.</summary>
    public void Name(int entry, NativeBuffer content)
    {
        // A pointer has to lead somewhere, though nothing is read.
        content.Reserve(1);
        CollectionsMarshal.AsSpan(entries)[entry].Id = nameOf(entries[entry].Kind, content.Data, content.Length);
    }

    /// <summary>From here on, all that were added have their names.</summary>
    /// <exception cref="LibGit2Exception">One of them is a forgery.</exception>
    public void Settle()
    {
        if (_work is null)
        {
            _filling!.Name(nameOf);
            Collect(_filling);
            return;
        }

        if (_filling is { } last)
        {
            HandOver(last);
        }

        var back = new List<Batch>(Batches);
        try
        {
            while (back.Count < Batches)
            {
                back.Add(Take());
            }
        }
        finally
        {
            back.ForEach(_named.Add);
        }
    }

    public void Dispose()
    {
        _full.CompleteAdding();
        try
        {
            _work?.GetAwaiter().GetResult();
        }
        finally
        {
            _filling?.Dispose();
            while (_full.TryTake(out var batch) || _named.TryTake(out batch))
            {
                batch.Dispose();
            }

            _full.Dispose();
            _named.Dispose();
        }
    }

    private void HandOver(Batch batch)
    {
        _filling = null;
        if (_work is null)
        {
            for (var i = 1; i < Batches; i++)
            {
                _named.Add(new Batch());
            }

            _work = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }

        _full.Add(batch);
    }

    /// <summary>Waits for a batch that can be filled.</summary>
    private Batch Take()
    {
        var batch = _named.Take();
        if (_failure is { } failure)
        {
            _named.Add(batch);
            failure.Throw();
        }

        Collect(batch);
        return batch;
    }

    private void Collect(Batch batch)
    {
        var all = CollectionsMarshal.AsSpan(entries);
        foreach (ref readonly var named in CollectionsMarshal.AsSpan(batch.Objects))
        {
            all[named.Entry].Id = named.Id;
        }

        batch.Clear();
    }

    private void Work()
    {
        foreach (var batch in _full.GetConsumingEnumerable())
        {
            try
            {
                if (_failure is null)
                {
                    batch.Name(nameOf);
                }
            }
            catch (Exception e)
            {
                // Whoever unpacks waits for batches, and learns of it by the next.
                _failure = ExceptionDispatchInfo.Capture(e);
            }

            _named.Add(batch);
        }
    }

    /// <summary>Objects that are handed over together.</summary>
    private sealed class Batch : IDisposable
    {
        public List<Waiting> Objects { get; } = [];

        public NativeBuffer Content { get; } = new();

        public void Add(int entry, ObjectKind kind, NativeBuffer content)
        {
            Content.Reserve(BatchSize);
            Objects.Add(new Waiting(entry, kind, Content.Length, content.Length, default));
            Buffer.MemoryCopy(content.Data, Content.Data + Content.Length, content.Length, content.Length);
            Content.Length += content.Length;
        }

        public void Name(NameOf nameOf)
        {
            foreach (ref var next in CollectionsMarshal.AsSpan(Objects))
            {
                next = next with { Id = nameOf(next.Kind, Content.Data + next.Start, next.Length) };
            }
        }

        public void Clear()
        {
            Objects.Clear();
            Content.Length = 0;
        }

        public void Dispose() => Content.Dispose();
    }

    /// <summary>An object of a batch.</summary>
    /// <param name="Entry">Its index in the entries.</param>
    /// <param name="Kind">What it is.</param>
    /// <param name="Start">Where its content starts in the batch.</param>
    /// <param name="Length">How long that is.</param>
    /// <param name="Id">Its name, once it has one.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Waiting(int Entry, ObjectKind Kind, nuint Start, nuint Length, ObjectId Id);
}
