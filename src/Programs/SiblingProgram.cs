using System.Runtime.InteropServices;

namespace CodeRepoOperator.Programs;

/// <summary>A program in the directory of this one. The build and <c>hack/publish.sh</c> put it there.</summary>
internal sealed partial class SiblingProgram
{
    private SiblingProgram(string name) => Path = System.IO.Path.Join(AppContext.BaseDirectory, name);

    /// <summary>The operator with its commands, as it is called. In an image that is <see cref="Ensure"/>, by another name.</summary>
    public static SiblingProgram Operator { get; } = new("coderepo-operator");

    /// <summary>The operator with its commands, run by .NET, as an image has it.</summary>
    public static SiblingProgram ManagedOperator { get; } = new("coderepo-operator-managed");

    /// <summary>The command <c>ensure</c>: native code, since pods wait for it to start.</summary>
    public static SiblingProgram Ensure { get; } = new("coderepo-ensure");

    /// <summary>Its file.</summary>
    public string Path { get; }

    /// <summary>Replaces this program by that one: in the same process, with the same environment and open files.</summary>
    /// <param name="arguments">Its arguments, without the name of the program.</param>
    /// <returns>The exit code, when it could not be started; otherwise this does not return.</returns>
    public int Become(ReadOnlySpan<string> arguments)
    {
        _ = Execute(Path, [Path, .. arguments, null]);
        var error = Marshal.GetLastPInvokeErrorMessage();
        Console.Error.WriteLine($"coderepo-operator: {Path} can't be started ({error})");
        return ExitCodes.NotStarted;
    }

    [LibraryImport("libc", EntryPoint = "execv", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string path, string?[] arguments);
}
