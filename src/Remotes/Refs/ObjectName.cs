using System.Buffers;

namespace CodeRepoOperator.Remotes.Refs;

/// <summary>The spelling of object names.</summary>
internal static class ObjectName
{
    /// <summary>What a v0 remote without refs shows in place of one.</summary>
    public const string None = "0000000000000000000000000000000000000000";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdef");

    /// <summary>Whether this is the name of an object of a SHA-1 repository, the only ones supported.</summary>
    public static bool IsSha1(ReadOnlySpan<char> text) => text.Length == 40 && !text.ContainsAnyExcept(Digits);
}
