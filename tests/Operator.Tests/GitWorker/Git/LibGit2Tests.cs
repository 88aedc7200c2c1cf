namespace CodeRepoOperator.GitWorker.Git;

public sealed class LibGit2Tests
{
    [Fact]
    public void The_native_library_is_the_one_that_LibGit2Sharp_loads() =>
        Assert.Equal(
            typeof(LibGit2Sharp.Repository).Assembly.GetType("LibGit2Sharp.Core.NativeDllName")!.GetField("Name")!.GetRawConstantValue(),
            LibGit2.Library
        );
}
