using System.Text.Json;
using System.Text.RegularExpressions;
using CodeRepoOperator.Entities;
using k8s;

namespace CodeRepoOperator.Hosting;

/// <summary>What the operator writes: one line for each thing that happened.</summary>
[Trait("Category", "Slow")]
public sealed partial class OperatorLogTests(KubeApiServer cluster)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task In_a_cluster_every_line_is_JSON_with_the_time_in_UTC_and_the_object_as_a_field()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(
            ("KUBERNETES_SERVICE_HOST", "10.0.0.1"),
            ("Logging__LogLevel__CodeRepoOperator", "Debug")
        );
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        Assert.Equal(0, await running.StopAsync(Token));

        var lines = LinesOf(running).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.All(lines, line => Assert.Equal(TimeSpan.Zero, line.GetProperty("Timestamp").GetDateTimeOffset().Offset));
        var cloned = Assert.Single(lines, line => line.GetProperty("Message").GetString()!.StartsWith("Cloned ", StringComparison.Ordinal));
        Assert.Contains(cloned.GetProperty("Scopes").EnumerateArray(), scope =>
            scope.TryGetProperty("Entity", out var entity) && entity.GetString() == $"{fixture.Namespace}/hello"
        );
    }

    [Fact]
    public async Task On_a_terminal_every_message_is_a_line_and_none_comes_twice_however_often_it_is_tried()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var refused = 0;
        fixture.Server.Fault = request =>
            request.Path.StartsWithSegments("/broken.git", StringComparison.Ordinal) && Interlocked.Increment(ref refused) > 0
                ? new() { Status = 503 }
                : null;

        // With the lease's default: a shorter one may be missed on a busy machine, which is reported each time.
        var running = await fixture.StartReadyOperatorAsync(OperatorProcess.UsualLease);
        await fixture.CreateAsync();
        await fixture.CreateAsync(repo =>
        {
            repo.Metadata.Name = "broken";
            repo.Spec.GitUrl = fixture.Server.UrlOf("broken.git");
        });
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await Eventually.True(() => Volatile.Read(ref refused) >= 4, CloneFixture.Soon, Token);

        fixture.LoseClone();
        await fixture.SeeAsync("one re-clone", repo => repo.Status?.Reclones == 1);
        await fixture.DeleteAsync();
        await fixture.DeleteAsync("broken");
        await Eventually.HoldsAsync("both are gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        Assert.Equal(0, await running.StopAsync(Token));

        var messages = LinesOf(running).Select(line => LinePattern().Match(line)).ToList();
        Assert.All(messages, message => Assert.True(message.Success, message.Value));
        Assert.Empty(
            messages
                .GroupBy(message => message.Groups["message"].Value, StringComparer.Ordinal)
                .Where(same => same.Count() > 1)
                .Select(same => same.Key)
        );
        Assert.Contains(messages, message =>
            message.Groups["message"].Value.Contains($"{fixture.Namespace}/broken: ", StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task That_a_namespace_refuses_events_because_it_goes_is_no_warning()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartReadyOperatorAsync(("Logging__LogLevel__CodeRepoOperator", "Debug"));
        await fixture.CreateAsync();
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        // Without its controller the namespace stays in this state.
        await cluster.Admin.CoreV1.DeleteNamespaceAsync(fixture.Namespace, cancellationToken: Token);
        await fixture.DeleteAsync();
        await Eventually.HoldsAsync("it is gone", async _ => (await fixture.ListAsync()).Count == 0, CloneFixture.Soon, Token);
        Assert.Equal(0, await running.StopAsync(Token));

        Assert.Contains("Event Removed of", running.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("warn Event", running.Log, StringComparison.Ordinal);
    }

    private static string[] LinesOf(OperatorProcess running) => running.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex(
        @"^\d\d:\d\d:\d\d\.\d{3} (dbug|info|warn|fail|crit) (?<message>.+)$",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex LinePattern();
}
