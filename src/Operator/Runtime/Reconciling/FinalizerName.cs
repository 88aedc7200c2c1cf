namespace CodeRepoOperator.Runtime.Reconciling;

/// <summary>The finalizer that objects of one kind carry.</summary>
/// <typeparam name="TEntity">The kind of object.</typeparam>
/// <param name="Value">A qualified name (<c>example.com/what</c>).</param>
internal sealed record FinalizerName<TEntity>(string Value);
