using k8s;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Runtime;

public sealed class MicroTimeTests
{
    [Fact]
    public void A_whole_second_is_written_with_a_fraction()
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

        Assert.Equal("\"2026-01-02T03:04:05.000000Z\"", KubernetesJson.Serialize(MicroTime.Now(time)));
    }
}
