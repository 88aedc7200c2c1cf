using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Leasing;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>Waits until nobody holds a store any more, by its Lease.</summary>
internal sealed class StoreVacancy(IKubernetes kubernetes, LeaseName name, TimeProvider time, TextWriter output)
{
    /// <summary>A stopping operator gives the Lease back within seconds.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly LeaseObservation _observed = new(time);

    /// <summary>Waits.</summary>
    /// <param name="patience">For how long.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Who holds it still; null: nobody.</returns>
    public async Task<string?> WaitAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        string? reported = null;
        while (await HolderAsync(cancellationToken) is { } holder)
        {
            if (time.GetElapsedTime(began) >= patience)
            {
                return holder;
            }

            if (reported != holder)
            {
                reported = holder;
                await output.WriteLineAsync(
                    $"waiting for {holder}: it holds the store (Lease {name.Namespace}/{name.Name}) until it stops, or its Lease runs out"
                );
            }

            await Task.Delay(LookInterval, time, cancellationToken);
        }

        return null;
    }

    private async Task<string?> HolderAsync(CancellationToken cancellationToken)
    {
        var lease = await FindAsync(cancellationToken);
        return lease?.Spec?.HolderIdentity is { Length: > 0 } holder && !_observed.ObserveExpiry(lease) ? holder : null;
    }

    private Task<V1Lease?> FindAsync(CancellationToken cancellationToken) =>
        kubernetes.CoordinationV1.ReadNamespacedLeaseAsync(name.Name, name.Namespace, cancellationToken: cancellationToken).OrNullAsync();
}
