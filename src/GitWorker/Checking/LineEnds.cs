namespace CodeRepoOperator.GitWorker.Checking;

/// <summary>Compares what differs when <c>.gitattributes</c> has line ends converted, whichever way.</summary>
internal static class LineEnds
{
    private const int None = -2;

    /// <summary>Whether two contents are equal once each CR LF is taken for LF.</summary>
    public static bool AreAllThatDiffers(Stream one, Stream other)
    {
        var (nextOfOne, nextOfOther) = (None, None);
        while (true)
        {
            var (first, second) = (Next(one, ref nextOfOne), Next(other, ref nextOfOther));
            if (first != second)
            {
                return false;
            }

            if (first < 0)
            {
                return true;
            }
        }
    }

    /// <summary>The next byte, or -1 at the end.</summary>
    private static int Next(Stream stream, ref int ahead)
    {
        var current = ahead == None ? stream.ReadByte() : ahead;
        ahead = None;
        if (current != '\r')
        {
            return current;
        }

        ahead = stream.ReadByte();
        if (ahead != '\n')
        {
            return current;
        }

        ahead = None;
        return '\n';
    }
}
