using System.Runtime.InteropServices;

namespace CodeRepoOperator.Launcher;

/// <summary>The operator itself, which .NET runs. Everything but what is answered here goes to it.</summary>
internal static partial class ManagedProgram
{
    /// <summary>Beside this program: <c>hack/publish.sh</c> puts it there.</summary>
    private const string File = "coderepo-operator-managed";

    /// <summary>What a shell says of a program that it can't start.</summary>
    private const int NotStarted = 126;

    /// <summary>Becomes it: the same process, with the same environment, files and arguments.</summary>
    /// <param name="arguments">Its arguments, without the name of the program.</param>
    /// <returns>The exit code, when it could not be started; otherwise this does not return.</returns>
    public static int Become(string[] arguments)
    {
        var file = Path.Join(AppContext.BaseDirectory, File);
        _ = Execute(file, [file, .. arguments, null]);
        var error = Marshal.GetLastPInvokeErrorMessage();
        Console.Error.WriteLine($"coderepo-operator: {file} can't be started ({error})");
        return NotStarted;
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
