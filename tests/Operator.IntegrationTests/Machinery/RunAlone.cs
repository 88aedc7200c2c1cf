namespace CodeRepoOperator.Machinery;

/// <summary>Tests that nothing may run beside.</summary>
[CollectionDefinition(nameof(RunAlone), DisableParallelization = true)]
public sealed class RunAlone;
