using CodeRepoOperator.Remotes.Credentials;

namespace CodeRepoOperator.Remotes.Http;

/// <summary>Where a remote's service was found.</summary>
/// <param name="Response">The response to <c>info/refs</c>, its body unread; null: another had it.</param>
/// <param name="Service">Where the service is to be asked from now on.</param>
/// <param name="Credentials">What may be sent there: after a redirect to another origin without a login.</param>
/// <param name="Redirected">What hides the parts of the URL that redirects brought in.</param>
internal sealed record FoundService(
    HttpResponseMessage? Response,
    Uri Service,
    GitCredentials? Credentials,
    CredentialRedaction Redirected
);
