using System.Runtime.InteropServices;

namespace CodeRepoOperator.Machinery.Volumes;

/// <summary>A file that makes wait for ever whoever opens it as any other.</summary>
internal static class Fifo
{
    private const uint ReadableByAll = 0x1B6; // 0666, less the umask

    [DllImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakeFifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    public static void Make(string path) => Assert.Equal(0, MakeFifo(path, ReadableByAll));
}
