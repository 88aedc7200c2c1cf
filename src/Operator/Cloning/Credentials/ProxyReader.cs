using System.Text;
using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes.Credentials;
using CodeRepoOperator.Remotes.Proxies;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Credentials;

/// <summary>Makes a proxy of the keys of a Secret: the part of <see cref="CredentialsReader"/> for it.</summary>
/// <param name="contents">The Secret.</param>
/// <param name="text">Reads a key of one line; null: it was refused.</param>
/// <param name="refuse">Reports what is wrong.</param>
internal sealed partial class ProxyReader(SecretContents contents, Func<string, string?> text, Action<string> refuse)
{
    private const string Between = "://";

    // What curl calls SOCKS5 with names that the proxy resolves: so it is here always.
    private const string SocksByName = "socks5h";

    /// <returns>The proxy, whose certificate is trusted by nobody's own yet; null, or something: it was refused.</returns>
    public RemoteProxy? Read()
    {
        var proxy = Address(text(SecretKeys.ProxyAddress)?.Trim());
        if (!contents.Has(SecretKeys.ProxyUserName) && !contents.Has(SecretKeys.ProxyPassword))
        {
            return proxy;
        }

        var (user, password) = (text(SecretKeys.ProxyUserName), text(SecretKeys.ProxyPassword));
        if (proxy is null || user is null || password is null)
        {
            return null;
        }

        Check(SecretKeys.ProxyUserName, user, proxy, c => c != ':' || proxy.IsSocks);
        Check(SecretKeys.ProxyPassword, password, proxy, _ => true);
        return proxy with { UserName = user, Password = password };
    }

    private RemoteProxy? Address(string? address)
    {
        if (address is null)
        {
            return null;
        }

        if (address.Contains('@', StringComparison.Ordinal))
        {
            refuse(
                $"has a user or a password in {SecretKeys.ProxyAddress}: put them into {SecretKeys.ProxyUserName} and "
                    + $"{SecretKeys.ProxyPassword}"
            );
            return null;
        }

        // What a host may be is the same as in a git_url.
        var (scheme, rest) = address.Split(Between, 2) is [var before, var after]
            ? (before.ToLowerInvariant(), after.TrimEnd('/'))
            : ("", "");
        if (
            scheme is "http" or "https" or RemoteProxy.Socks or SocksByName
            && HostAndPort().IsMatch(rest)
            && GitUrl.Parse($"{Uri.UriSchemeHttps}{Between}{rest}/proxy").Value is { } url
        )
        {
            return new RemoteProxy(scheme == SocksByName ? RemoteProxy.Socks : scheme, url.Host, url.Port) { Source = contents.Source };
        }

        refuse(
            $"has no address of a proxy in {SecretKeys.ProxyAddress}: put scheme, host and port there, in the form http://HOST:PORT, "
                + "https://HOST:PORT or socks5://HOST:PORT"
        );
        return null;
    }

    private void Check(string key, string value, RemoteProxy proxy, Func<char, bool> may)
    {
        if (value.Any(c => char.IsControl(c) || !may(c)))
        {
            refuse($"holds a colon or a control character in {key}, which no proxy takes: put the right value there");
        }

        if (proxy.IsSocks && Encoding.UTF8.GetByteCount(value) > SocksRequest.LongestText)
        {
            refuse($"holds more than {SocksRequest.LongestText} bytes in {key}, which SOCKS has no room for: put the right value there");
        }
    }

    [GeneratedRegex(@"^(\[[0-9A-Fa-f:.]+\]|[^\[\]:/?#\\\s]+):[0-9]{1,5}$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex HostAndPort();
}
