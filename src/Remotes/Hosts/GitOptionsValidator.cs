using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Remotes.Failures;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>Finds every error in <see cref="GitOptions"/> at once that its annotations do not.</summary>
internal sealed class GitOptionsValidator : IValidateOptions<GitOptions>
{
    public ValidateOptionsResult Validate(string? name, GitOptions options)
    {
        var errors = new List<string>();
        errors.AddRange(
            options
                .AllowedSchemes.Where(scheme => scheme is not ("https" or "http" or "ssh"))
                .Select(scheme => $"Git:AllowedSchemes is '{RemoteText.Shown(scheme)}': must be https, http or ssh.")
        );
        errors.AddRange(
            options
                .AllowedHosts.Where(host => !HostPattern.IsValid(host))
                .Select(host => $"Git:AllowedHosts is '{RemoteText.Shown(host)}': must be a host such as git.example.com or *.example.com.")
        );
        errors.AddRange(NetworkErrors(nameof(options.DeniedNetworks), options.DeniedNetworks));
        errors.AddRange(NetworkErrors(nameof(options.PermittedNetworks), options.PermittedNetworks));
        if (options.TrustedCertificates is { Length: > 0 } path && !HoldsCertificates(path))
        {
            errors.Add(
                $"Git:TrustedCertificates is '{RemoteText.Shown(path)}': must be a readable PEM file with at least one certificate."
            );
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> NetworkErrors(string key, IEnumerable<string> networks) =>
        networks
            .Select(network => NetworkError(network) is { } error ? $"Git:{key} is '{RemoteText.Shown(network)}': {error}" : null)
            .OfType<string>();

    // 10.1.2.3/8 is parsed as 10.0.0.0/8, which is more than whoever wrote it may have meant.
    private static string? NetworkError(string network)
    {
        if (!IPNetwork.TryParse(network, out var parsed))
        {
            return "must be a network such as 10.0.0.0/8.";
        }

        var written = IPAddress.Parse(network.AsSpan(0, network.IndexOf('/', StringComparison.Ordinal)));
        return written.Equals(parsed.BaseAddress)
            ? null
            : $"its address has bits beyond the prefix: write {parsed} for the network, or a longer prefix for a part of it.";
    }

    private static bool HoldsCertificates(string path)
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            certificates.ImportFromPemFile(path);
            return certificates.Count > 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            return false;
        }
    }
}
