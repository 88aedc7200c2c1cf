using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Remotes.Hosts;

namespace CodeRepoOperator.Ensure;

/// <summary>Asks the Ensure API for a clone.</summary>
internal sealed class EnsureClient : IDisposable
{
    /// <summary>The longest that one request waits for a clone: what is in between may end one that takes long.</summary>
    private static readonly TimeSpan LongestRequest = TimeSpan.FromSeconds(30);

    /// <summary>What a response may take beyond that.</summary>
    private static readonly TimeSpan Travel = TimeSpan.FromSeconds(10);

    /// <summary>A response has some hundred bytes.</summary>
    private const int LongestResponse = 64 * 1024;

    private readonly EnsureArguments _arguments;
    private readonly HttpClient _http;

    /// <exception cref="IOException">The authorities can't be read.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They are none.</exception>
    public EnsureClient(EnsureArguments arguments)
    {
        _arguments = arguments;

        // It is in the cluster: no proxy leads there, and a redirect would take the token elsewhere.
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = Travel,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = ChainPolicyOf(arguments.AuthoritiesFile) },
        };

        _http = new HttpClient(handler) { Timeout = LongestRequest + Travel, MaxResponseContentBufferSize = LongestResponse };
    }

    /// <summary>Sends one request.</summary>
    /// <param name="wait">How long the clone may take.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<EnsureResponse> EnsureAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var seconds = Math.Clamp(wait.TotalSeconds, 0, LongestRequest.TotalSeconds);
        var path = string.Create(
            CultureInfo.InvariantCulture,
            $"v1/namespaces/{_arguments.Namespace}/coderepos/{_arguments.Name}/ensure?wait={(long)(seconds * 1000)}ms"
        );
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_arguments.Api, path));

            // Anew each time: the kubelet replaces it before it expires.
            var token = (await File.ReadAllTextAsync(_arguments.TokenFile, cancellationToken)).Trim();
            if (!AuthenticationHeaderValue.TryParse($"Bearer {token}", out var authorization))
            {
                return new EnsureResponse.Never($"{_arguments.TokenFile} holds no token");
            }

            request.Headers.Authorization = authorization;
            using var response = await _http.SendAsync(request, cancellationToken);
            var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            return EnsureResponse.Of(response.StatusCode, response.Headers.RetryAfter?.Delta, body);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException)
        {
            return new EnsureResponse.Never(
                $"the token for the API can't be read ({error.Message.TrimEnd('.')}): mount one with a projected volume, and name its "
                    + "file by --token-file"
            );
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            return EnsureResponse.None(error);
        }
        catch (OperationCanceledException error) when (!cancellationToken.IsCancellationRequested)
        {
            return EnsureResponse.None(error);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _http.Dispose();

    private static X509ChainPolicy ChainPolicyOf(string? file)
    {
        if (file is null)
        {
            return CertificateTrust.Offline();
        }

        var policy = CertificateTrust.TrustingNothing();
        policy.CustomTrustStore.ImportFromPemFile(file);
        return policy;
    }
}
