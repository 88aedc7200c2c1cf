using System.Threading.Channels;

namespace CodeRepoOperator.Indexing.Declaring;

/// <summary>What is to be looked at: rows and CodeRepos that are said to have changed. Any number of notices of one row are one.</summary>
internal sealed class RowNotices
{
    /// <summary>More rows than this are found sooner by reading the whole table.</summary>
    public const int MostKeys = 1_000;

    private readonly Lock _lock = new();
    private readonly Channel<bool> _any = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );
    private HashSet<string> _keys = new(StringComparer.Ordinal);
    private bool _isOfAll;
    private bool _isOfRepos;

    /// <summary>Notes that a row is there, has changed or is gone.</summary>
    /// <param name="key">Its key.</param>
    public void AddRow(string key)
    {
        lock (_lock)
        {
            _isOfAll |= _keys.Count == MostKeys && !_keys.Contains(key);
            if (!_isOfAll)
            {
                _keys.Add(key);
            }

            _any.Writer.TryWrite(true);
        }
    }

    /// <summary>Notes that any rows may have changed.</summary>
    public void AddAll()
    {
        lock (_lock)
        {
            _isOfAll = true;
            _any.Writer.TryWrite(true);
        }
    }

    /// <summary>Notes that a CodeRepo has changed.</summary>
    public void AddRepo()
    {
        lock (_lock)
        {
            _isOfRepos = true;
            _any.Writer.TryWrite(true);
        }
    }

    /// <summary>Waits until there is something to look at.</summary>
    public Task WhenAnyAsync(CancellationToken cancellationToken) => _any.Reader.WaitToReadAsync(cancellationToken).AsTask();

    /// <summary>Takes what there is.</summary>
    /// <returns>The keys of rows; null: all of them are to be read. And whether there was anything.</returns>
    public (IReadOnlyCollection<string>? Keys, bool IsAny) Take()
    {
        lock (_lock)
        {
            _any.Reader.TryRead(out _);
            var taken = (_isOfAll ? null : _keys, _isOfAll || _isOfRepos || _keys.Count > 0);
            (_keys, _isOfAll, _isOfRepos) = (new(StringComparer.Ordinal), false, false);
            return taken;
        }
    }
}
