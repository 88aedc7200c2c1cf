namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>An attribute's state, with its text if it has one.</summary>
/// <param name="State">What a line says of it.</param>
/// <param name="Text">What is behind the equals sign, a character for each byte; empty for all states but <see
/// cref="AttributeState.Value"/>.</param>
internal readonly record struct AttributeValue(AttributeState State, string Text = "")
{
    /// <summary>Whether it is set to exactly this text.</summary>
    public bool Is(string text) => State == AttributeState.Value && Text == text;
}
