using CodeRepoOperator.GitWorker.Checkout;
using CodeRepoOperator.Remotes.GitFiles;

namespace CodeRepoOperator.GitWorker.Lfs;

/// <summary>A file of a tree that Git LFS keeps.</summary>
/// <param name="Entry">Its entry in the index.</param>
/// <param name="Pointer">What was committed in its place; null: what looks like a pointer, and can't be fetched.</param>
internal sealed record LfsFile(IndexEntry Entry, LfsPointer? Pointer);
