namespace CodeRepoOperator.GitWorker.Git;

/// <summary><c>git_object_t</c>.</summary>
internal enum ObjectKind
{
    Commit = 1,
    Tree = 2,
    Blob = 3,
}
