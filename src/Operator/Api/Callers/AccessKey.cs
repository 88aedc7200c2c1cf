using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Api.Callers;

/// <summary>What a decision about access is remembered by.</summary>
/// <param name="Token">The caller's token.</param>
/// <param name="Repo">The CodeRepo.</param>
internal readonly record struct AccessKey(TokenDigest Token, NamespacedName Repo);
