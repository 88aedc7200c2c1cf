using CodeRepoOperator.GitWorker.Checkout;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>Asks a server where files can be fetched.</summary>
/// <param name="Operation">What is to be done with them.</param>
/// <param name="Transfers">How they may be fetched.</param>
/// <param name="Ref">The branch or tag that they are of; null: none.</param>
/// <param name="Objects">The files.</param>
/// <param name="HashAlgo">What names them.</param>
internal sealed record LfsQuestion(
    string Operation,
    IReadOnlyList<string> Transfers,
    LfsQuestion.Reference? Ref,
    IReadOnlyList<LfsPointer> Objects,
    string HashAlgo
)
{
    /// <param name="Name">Its full name.</param>
    internal sealed record Reference(string Name);
}
