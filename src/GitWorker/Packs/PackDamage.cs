namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>A pack is not what git's format asks for, whoever made it.</summary>
internal sealed class PackDamage(string message) : Exception(message);
