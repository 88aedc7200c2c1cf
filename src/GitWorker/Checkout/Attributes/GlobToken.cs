namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>A piece of a <see cref="Glob"/>.</summary>
/// <param name="Kind">What it matches.</param>
/// <param name="Literal">The byte of <see cref="GlobTokenKind.Literal"/>.</param>
/// <param name="Set">The bytes of <see cref="GlobTokenKind.OneOf"/>.</param>
internal readonly record struct GlobToken(GlobTokenKind Kind, byte Literal = 0, ByteSet? Set = null);
