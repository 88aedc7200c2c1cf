using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>
/// Makes credentials of the keys of a Secret: a pure decision. What is wrong is reported by the name of a key, never by its value.
/// </summary>
internal sealed class CredentialsReader
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SecretContents _contents;
    private CloneFailure? _error;

    private CredentialsReader(SecretContents contents) => _contents = contents;

    /// <summary>The credentials in a Secret for a remote; or what is wrong with them.</summary>
    public static Attempt<GitCredentials> Read(SecretContents contents, GitUrl url)
    {
        var reader = new CredentialsReader(contents);
        var credentials = reader.Read(url);
        return reader._error is { } error ? error : credentials;
    }

    private GitCredentials Read(GitUrl url)
    {
        var read = GitCredentials.Anonymous with { Source = _contents.Source, Proxy = _contents.HasProxy ? Proxy() : null };
        switch (_contents)
        {
            case { HasOnlyProxy: true }:
                return read;
            case { IsForHttp: true, IsForSsh: true }:
                Refuse($"holds keys for HTTP and for SSH: take those out that the URL ({url.Scheme}) does not need");
                return read;
            case { IsForSsh: true } when url.IsHttp:
                Refuse(
                    $"holds keys for SSH, and the URL is {url.Scheme}: put username and password or bearerToken there, or write the "
                        + "remote's ssh address"
                );
                return read;
            case { IsForHttp: true } when !url.IsHttp:
                Refuse("holds keys for HTTP, and the URL is ssh: put identity and known_hosts there, or write the remote's https address");
                return read;
            case { IsForHttp: false, IsForSsh: false } when !_contents.Has(SecretKeys.Authorities):
                Refuse(
                    url.IsHttp
                        ? "has none of the keys username and password, bearerToken, githubAppID and githubAppPrivateKey, tls.crt and "
                            + "tls.key, and ca.crt: put those there that the remote wants"
                        : "has neither identity nor known_hosts: put both there"
                );
                return read;
            default:
                return url.IsHttp
                    ? read with
                    {
                        Http = _contents.HasLogin ? Login(url.User) : null,
                        App = _contents.HasApp ? App(url) : null,
                        Certificate = _contents.HasCertificate ? Certificate(url) : null,
                        Authorities = Certificates(),
                    }
                    : read with
                    {
                        Ssh = Identity(),
                    };
        }
    }

    /// <param name="userOfUrl">Who logs in where the Secret does not say it; null: the URL does not either.</param>
    private HttpLogin? Login(string? userOfUrl)
    {
        if (_contents.Has(SecretKeys.BearerToken))
        {
            if (_contents.Has(SecretKeys.UserName) || _contents.Has(SecretKeys.Password))
            {
                Refuse("holds bearerToken beside username or password: take out what the remote does not want");
            }

            var token = Text(SecretKeys.BearerToken);
            return Check(
                SecretKeys.BearerToken,
                token,
                c => c is > ' ' and < '\x7f',
                "holds what no token has, such as a space or a letter beyond ASCII"
            )
                ? new HttpLogin(null, token)
                : null;
        }

        // As with git, whose credential helpers have the last word: a name and a password that lie together belong together.
        var isOfUrl = !_contents.Has(SecretKeys.UserName);
        if (isOfUrl && userOfUrl is null)
        {
            Refuse($"lacks the key {SecretKeys.UserName}: put it there, or write the user's name into the URL, as https://user@host/path");
        }

        var (user, password) = (isOfUrl ? userOfUrl : Text(SecretKeys.UserName), Text(SecretKeys.Password));
        return
            Check(
                SecretKeys.UserName,
                user,
                c => c != ':' && !char.IsControl(c),
                "holds a colon or a control character, which no user name of HTTP can have"
            )
            && Check(
                SecretKeys.Password,
                password,
                c => !char.IsControl(c),
                "holds a control character, which no password of HTTP can have"
            )
            ? new HttpLogin(user, password, isOfUrl)
            : null;
    }

    private GitHubApp? App(GitUrl url)
    {
        if (_contents.HasLogin)
        {
            Refuse("holds a GitHub App beside username, password or bearerToken: take out what the remote does not want");
        }

        if (_contents.Has(SecretKeys.AppInstallationId) && _contents.Has(SecretKeys.AppInstallationOwner))
        {
            Refuse($"holds {SecretKeys.AppInstallationId} and {SecretKeys.AppInstallationOwner}: take one of them out");
        }

        var app = new GitHubAppReader(_contents, Text, Whole, Refuse).Read(url);
        return _error is null ? app : null;
    }

    private RemoteProxy? Proxy()
    {
        var proxy = new ProxyReader(_contents, Text, Refuse).Read();
        return proxy?.Scheme == Uri.UriSchemeHttps ? proxy with { Authorities = Certificates() } : proxy;
    }

    private ClientCertificate? Certificate(GitUrl url)
    {
        if (url.Scheme != "https")
        {
            Refuse($"holds tls.crt or tls.key, which only https can show, and the URL is {url.Scheme}: write the remote's https address");
        }

        if (Whole(SecretKeys.ClientCertificate) is not { } certificates || Whole(SecretKeys.ClientKey) is not { } key)
        {
            return null;
        }

        if (
            key.Contains("ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal)
            || key.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal)
        )
        {
            Refuse("has an encrypted key in tls.key: put it there without a passphrase, as openssl pkey writes it");
            return null;
        }

        try
        {
            using var whole = X509Certificate2.CreateFromPem(certificates, key);
        }
        catch (Exception error) when (error is CryptographicException or ArgumentException)
        {
            Refuse(
                "has no certificate in tls.crt and key in tls.key that belong together: put the text of both PEM files there "
                    + "(-----BEGIN CERTIFICATE-----, -----BEGIN PRIVATE KEY-----)"
            );
            return null;
        }

        return new ClientCertificate(certificates, key);
    }

    private SshIdentity? Identity()
    {
        if (_contents.Has(SecretKeys.Identity) && _contents.Has(SecretKeys.SshPrivateKey))
        {
            Refuse("holds identity and ssh-privatekey: take one of them out");
        }

        var name = _contents.Has(SecretKeys.SshPrivateKey) ? SecretKeys.SshPrivateKey : SecretKeys.Identity;
        var (key, hosts) = (Whole(name), Whole(SecretKeys.KnownHosts));
        var passphrase = _contents.Has(SecretKeys.Password) ? Text(SecretKeys.Password) : null;
        if (key is not null && !key.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            Refuse($"has no private key in {name}: put the text of the file there that ssh-keygen made, not that of its .pub");
        }

        return key is null || hosts is null ? null : new SshIdentity(key, passphrase, hosts);
    }

    private string? Certificates()
    {
        if (!_contents.Has(SecretKeys.Authorities) || Whole(SecretKeys.Authorities) is not { } text)
        {
            return null;
        }

        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(text);
        }
        catch (CryptographicException)
        {
            certificates.Clear();
        }

        if (certificates.Count == 0)
        {
            Refuse("has no certificate in ca.crt: put the text of a PEM file there (-----BEGIN CERTIFICATE-----)");
        }

        foreach (var certificate in certificates)
        {
            certificate.Dispose();
        }

        return text;
    }

    /// <summary>A value on one line: a line end after it comes from the file that it was made of.</summary>
    private string? Text(string key) => Whole(key)?.TrimEnd('\r', '\n');

    private string? Whole(string key)
    {
        if (!_contents.Values.TryGetValue(key, out var value))
        {
            Refuse($"lacks the key {key}: put it there");
            return null;
        }

        try
        {
            var text = Strict.GetString(value);
            if (!string.IsNullOrWhiteSpace(text))
            {
                return text;
            }

            Refuse($"has nothing in {key}: put a value there");
        }
        catch (DecoderFallbackException)
        {
            Refuse(
                $"has something in {key} that is no text (UTF-8): put it there as it was given to you; stringData of a Secret takes "
                    + "text as it is"
            );
        }

        return null;
    }

    private bool Check(string key, [NotNullWhen(true)] string? value, Func<char, bool> may, string error)
    {
        if (value is not null && !value.All(may))
        {
            Refuse($"{error}, in {key}: put the right value there");
        }

        return value is not null;
    }

    /// <summary>The first error is reported: the others may follow from it.</summary>
    private void Refuse(string error) => _error ??= new CloneFailure(Reasons.SecretNotFound, $"{Sentence(_contents.Source)} {error}.");

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
