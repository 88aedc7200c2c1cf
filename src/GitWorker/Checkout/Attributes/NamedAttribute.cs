namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>An attribute as a line gives it.</summary>
/// <param name="Name">Letters, digits, dots, dashes and underscores.</param>
/// <param name="Value">What it is set to.</param>
internal readonly record struct NamedAttribute(string Name, AttributeValue Value);
