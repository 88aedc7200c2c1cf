namespace CodeRepoOperator.Monitoring;

/// <summary>Debian's promtool.</summary>
internal static class Promtool
{
    /// <summary>Runs it to its end, in the root of the checkout.</summary>
    public static async Task<ProcessOutcome> RunAsync(params string[] arguments)
    {
        var token = TestContext.Current.CancellationToken;
        var environment = new Dictionary<string, string>();
        var directory = (await ProcessRunner.RunAsync("bash", [Checkout.PathOf("hack/prometheus.sh"), "assets"], environment, "", token))
            .OutputOrThrow()
            .Trim();
        return await ProcessRunner.RunAsync(Path.Combine(directory, "promtool"), arguments, environment, "", token);
    }
}
