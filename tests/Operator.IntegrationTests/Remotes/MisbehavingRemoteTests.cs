using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;
using CodeRepoOperator.Remotes.Worker;
using GitServer;
using Microsoft.Extensions.Logging;

namespace CodeRepoOperator.Remotes;

/// <summary>What users are reported of remotes that misbehave, however they do: see <see cref="Misbehaviours"/>.</summary>
[Trait("Category", "Slow")]
public sealed class MisbehavingRemoteTests(ServedRemote remote) : IClassFixture<ServedRemote>
{
    // A busy machine is slow to start a process; what hangs would take for ever.
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(10);

    public static TheoryData<string, bool> Cases
    {
        get
        {
            var cases = new TheoryData<string, bool>();
            foreach (var one in Misbehaviours.OfPolls.Concat(Misbehaviours.OfFetches))
            {
                cases.Add(one.Name, false);
                if (!one.InClonesOnly && (one.Repository != ServedRemote.Sound || one.Branch is not null))
                {
                    cases.Add(one.Name, true);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task What_it_does_is_said_in_time_with_what_to_do(string name, bool oldProtocol)
    {
        var misbehaviour = Misbehaviours.OfPolls.Concat(Misbehaviours.OfFetches).Single(one => one.Name == name);
        var fault = misbehaviour.Fault(remote);
        var url = remote.Serve(misbehaviour.Repository, oldProtocol ? (fault ?? new RequestFault()) with { OldProtocol = true } : fault);
        Revision branch = misbehaviour.Branch is { } named ? new Revision.Branch(BranchName.Parse(named).Value!) : new Revision.Head();
        var order = new CloneOrder(url, new RemoteHead(misbehaviour.Branch ?? "main", ""), 1, remote.Fixture.NewDirectory());

        var started = TimeProvider.System.GetTimestamp();
        var poll = InTimeAsync(misbehaviour, token => remote.Fixture.Remote.PollAsync(url, branch, credentials: null, token));
        var clone = InTimeAsync(misbehaviour, token => remote.Fixture.Remote.CloneAsync(order, token));

        if (misbehaviour.InClonesOnly)
        {
            Assert.Null(await poll);
        }
        else
        {
            See(misbehaviour, await poll);
        }

        if (misbehaviour.Branch is not null || misbehaviour.Repository != ServedRemote.HeadOfNothing)
        {
            See(misbehaviour, await clone);
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, misbehaviour.Timeout + Slack);
        Assert.DoesNotContain(remote.Fixture.WorkerLog.Entries, entry =>
            entry.Level >= LogLevel.Warning && entry.Text.Contains(url.ToString(), StringComparison.Ordinal)
        );
    }

    private static void See(Misbehaviour expected, CloneFailure? failure)
    {
        Assert.True(failure is not null, "It went well.");
        Assert.True(expected.Reason == failure.Reason, $"{failure.Reason}: {failure.Message}");
        Assert.Contains(expected.Hint, failure.Message, StringComparison.Ordinal);
        Assert.Equal(expected.RetryAfter, failure.RetryAfter);
        Assert.DoesNotContain("s3cret", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(failure.Message, char.IsControl);
        Assert.InRange(failure.Message.Length, 1, 600);
    }

    // As the store does with spec.timeout.
    private static async Task<CloneFailure?> InTimeAsync<T>(Misbehaviour misbehaviour, Func<CancellationToken, Task<Attempt<T>>> work)
        where T : class
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ended.CancelAfter(misbehaviour.Timeout);
        try
        {
            return (await work(ended.Token)).Failure;
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            return new CloneFailure(Reasons.Timeout, "Not in time.");
        }
    }
}
