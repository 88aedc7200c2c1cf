using k8s;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime.Client;

public sealed class MicroTimeTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public void A_whole_second_is_written_with_a_fraction() =>
        Assert.Contains("\"2026-01-02T03:04:05.000000Z\"", Written(), StringComparison.Ordinal);

    [Fact]
    public void Another_time_is_written_as_it_is()
    {
        _time.Advance(TimeSpan.FromMilliseconds(250));

        Assert.Contains("\"2026-01-02T03:04:05.250000Z\"", Written(), StringComparison.Ordinal);
    }

    private string Written() => KubernetesJson.Serialize(new V1LeaseSpec { RenewTime = MicroTime.Now(_time) });
}
