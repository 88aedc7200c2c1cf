using System.Net.Http.Headers;
using CodeRepoOperator.Timing;
using k8s.Authentication;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>
/// The token of the pod's ServiceAccount, which the kubelet exchanges long before it expires. The client's own provider reads the file
/// again after some minutes of the wall clock: one that was set back a day would have it send an expired token for that day.
/// </summary>
/// <param name="path">The file.</param>
/// <param name="time">Whose timestamps say when it is read again.</param>
internal sealed class ServiceAccountToken(string path, TimeProvider time) : ITokenProvider
{
    /// <summary>Where the kubelet puts it.</summary>
    public const string Path = "/var/run/secrets/kubernetes.io/serviceaccount/token";

    /// <summary>
    /// As client-go has it; the kubelet exchanges a token when a fifth of its lifetime is left, two minutes at the least.
    /// </summary>
    private static readonly TimeSpan ReadInterval = TimeSpan.FromMinutes(1);

    private volatile Known? _known;

    /// <inheritdoc />
    /// <exception cref="IOException">It was never read, and can't be.</exception>
    public async Task<AuthenticationHeaderValue> GetAuthenticationHeaderAsync(CancellationToken cancellationToken)
    {
        if (_known is not { } known || known.Until.HasPassed(time))
        {
            var token = (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
            _known = known = new Known(new AuthenticationHeaderValue("Bearer", token), Deadline.In(time, ReadInterval));
        }

        return known.Header;
    }

    private sealed record Known(AuthenticationHeaderValue Header, Deadline Until);
}
