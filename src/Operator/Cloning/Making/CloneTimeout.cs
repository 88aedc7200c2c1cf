using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Timing;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Ends what takes longer than <c>spec.timeout</c>, or than <c>Git:MaxTimeout</c> where that is shorter.</summary>
internal sealed class CloneTimeout(IOptions<GitOptions> options, TimeProvider time)
{
    /// <summary>Of <c>spec.timeout</c>: a time shorter than it is too short to say that a host is silent.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(5);

    /// <summary>Runs an attempt.</summary>
    /// <param name="desired">Whose timeout it is.</param>
    /// <param name="attempt">The attempt. Its token ends with the timeout, and with <paramref name="cancellationToken"/>.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What the attempt returns; <see cref="Reasons.Timeout"/> where its time was up.</returns>
    public async Task<Attempt<T>> RunAsync<T>(
        DesiredClone desired,
        Func<CancellationToken, Task<Attempt<T>>> attempt,
        CancellationToken cancellationToken
    )
        where T : class
    {
        var timeout = options.Value.TimeoutFor(desired.Timeout);
        using var linked = new LinkedTimeout(timeout, time, cancellationToken);
        try
        {
            return await attempt(linked.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            var limit =
                timeout < desired.Timeout
                    ? $"Git:MaxTimeout ({timeout.TotalSeconds:0} s), which limits spec.timeout"
                    : $"spec.timeout ({timeout.TotalSeconds:0} s)";
            var remedy = timeout < desired.Timeout ? "see" : "raise it, or see";
            return new CloneFailure(
                Reasons.Timeout,
                $"It took longer than {limit}: {remedy} whether {desired.Url.Host} or the operator's machine is slow."
            )
            {
                SaysNothingOfHost = timeout < options.Value.TimeoutFor(DefaultTimeout),
            };
        }
    }
}
