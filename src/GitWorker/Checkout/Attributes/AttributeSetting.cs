namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>An attribute as a line gives it, by its number in the <see cref="AttributeTable"/>.</summary>
/// <param name="Attribute">The number.</param>
/// <param name="Value">What it is set to.</param>
internal readonly record struct AttributeSetting(int Attribute, AttributeValue Value);
