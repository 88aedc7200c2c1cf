namespace CodeRepoOperator.Runtime.Looping;

/// <summary>Finds out when it is quiet after much was done, by what the process has allocated. Pure.</summary>
internal sealed class QuietMeter
{
    /// <summary>Bytes: less than this between two looks is quiet.</summary>
    public const long Little = 16_000_000;

    /// <summary>Bytes: as much as this since the last time is worth it.</summary>
    public const long Much = 64_000_000;

    private long _before;
    private long _done;

    /// <summary>Looks.</summary>
    /// <param name="allocated">Bytes that were allocated since the start.</param>
    /// <returns>Whether it is quiet after much was done; then what was done counts no more.</returns>
    public bool IsQuietAfterMuch(long allocated)
    {
        var isQuiet = allocated - _before < Little;
        _before = allocated;
        if (!isQuiet || allocated - _done < Much)
        {
            return false;
        }

        _done = allocated;
        return true;
    }
}
