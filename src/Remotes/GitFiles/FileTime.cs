using System.Runtime.InteropServices;

namespace CodeRepoOperator.Remotes.GitFiles;

/// <summary>A time of a file as git's index keeps it.</summary>
/// <param name="Seconds">Since 1970, cut to 32 bits.</param>
/// <param name="Nanoseconds">Beyond these.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct FileTime(uint Seconds, uint Nanoseconds);
