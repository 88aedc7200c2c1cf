using System.Text.Json;

namespace CodeRepoOperator;

/// <summary>What the operator refuses to start with.</summary>
[Trait("Category", "Slow")]
public sealed class OperatorSettingsTests(KubeApiServer cluster)
{
    private static readonly (string Name, string Value)[] Wrong =
    [
        ("Store__Root", ""),
        ("Store__VerifyInterval", "30"),
        ("Store__DeepVerifyInterval", "91.00:00:00"),
        ("Store__TrashGracePeriode", "00:10:00"),
        ("Operator__Workers", "many"),
        ("Operator__Namespaces__1", "Team_A"),
        ("Serving__Address", "here"),
        ("Git__AllowedSchemes__0", "ftp"),
        ("Git__DeniedNetworks", "10.0.0.0/8"),
        ("Git__ConnectTimeout", "0:0:0"),
        ("Logging__LogLevel__Default", "Loud"),
    ];

    private static readonly string[] Reported =
    [
        "Store:Root is missing",
        "Store:VerifyInterval is '30'",
        "Store:DeepVerifyInterval is '91.00:00:00'",
        "Store:TrashGracePeriode is not a setting; did you mean Store:TrashGracePeriod?",
        "Operator:Workers is 'many'",
        "Operator:Namespaces is 'Team_A'",
        "Serving:Address is 'here'",
        "Git:AllowedSchemes is 'ftp'",
        "Git:DeniedNetworks is '10.0.0.0/8'",
        "Git:ConnectTimeout is '00:00:00'",
        "Logging:LogLevel:Default is 'Loud'",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_wrong_settings_are_reported_at_once()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartOperatorAsync(Wrong);

        Assert.Equal(2, await running.WhenEndedAsync(Token));
        var lines = running.Log.Trim().Split('\n');
        Assert.Equal("Not started: these settings are wrong:", lines[0]);
        Assert.Equal(
            Reported.Order(StringComparer.Ordinal),
            Reported
                .Where(reported => lines.Any(line => line.Trim().StartsWith(reported, StringComparison.Ordinal)))
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(Reported.Length, lines.Length - 1);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.Store));
    }

    [Fact]
    public async Task In_a_cluster_they_are_one_line_of_JSON()
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartOperatorAsync([.. Wrong, ("KUBERNETES_SERVICE_HOST", "10.0.0.1")]);

        Assert.Equal(2, await running.WhenEndedAsync(Token));
        var message = JsonSerializer
            .Deserialize<JsonElement>(Assert.Single(running.Log.Trim().Split('\n')))
            .GetProperty("Message")
            .GetString()!;
        Assert.All(Reported, reported => Assert.Contains(reported, message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("KUBECONFIG", "/nonexistent", "no way to the API server")]
    [InlineData("KUBECONFIG", "/dev/null", "no way to the API server (the kubeconfig is empty)")]
    [InlineData("KUBECONFIG", "/etc/hostname", "no way to the API server")]
    [InlineData("Serving__Address", "192.0.2.1", "choose another Serving:Port or Serving:Address")]
    [InlineData("Api__Address", "192.0.2.1", "choose another Api:Port or Api:Address")]
    public async Task What_it_can_not_start_with_is_reported_in_one_line(string name, string value, string reported)
    {
        await using var fixture = await CloneFixture.StartAsync(cluster);
        var running = await fixture.StartOperatorAsync((name, value));

        Assert.Equal(2, await running.WhenEndedAsync(Token));
        Assert.Contains(
            reported,
            Assert.Single(running.Log.Trim().Split('\n'), line => line.StartsWith("Not started: ", StringComparison.Ordinal)),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("   at ", running.Log, StringComparison.Ordinal);
    }
}
