using System.Globalization;
using System.Text.RegularExpressions;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>What libpq's parameters of a connection are in Npgsql.</summary>
internal static partial class LibpqKeywords
{
    /// <summary>Npgsql waits no longer for a connection, in seconds.</summary>
    private const int LongestTimeout = 1024;

    /// <summary>Those that Npgsql has under another name, with the same values.</summary>
    private static readonly Dictionary<string, string> Same = new(StringComparer.Ordinal)
    {
        ["dbname"] = "Database",
        ["user"] = "Username",
        ["password"] = "Password",
        ["passfile"] = "Passfile",
        ["options"] = "Options",
        ["application_name"] = "Application Name",
        ["sslnegotiation"] = "SSL Negotiation",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["gssencmode"] = "GSS Encryption Mode",
        ["krbsrvname"] = "Kerberos Service Name",
        ["channel_binding"] = "Channel Binding",
        ["require_auth"] = "Require Auth",
        ["target_session_attrs"] = "Target Session Attributes",
    };

    /// <summary>Those that are read together with others, or in another way.</summary>
    private static readonly string[] Others =
    [
        "host",
        "hostaddr",
        "port",
        "sslmode",
        "sslrootcert",
        "ssl",
        "connect_timeout",
        "load_balance_hosts",
        "client_encoding",
        "fallback_application_name",
        "keepalives",
        "keepalives_idle",
    ];

    private static readonly string[] Numbers = ["connect_timeout", "keepalives", "keepalives_idle"];

    /// <summary>Those that change nothing here: Npgsql does so in any case, or notices a dead connection by timeouts of its own.</summary>
    private static readonly string[] WithoutEffect =
    [
        "keepalives_interval",
        "keepalives_count",
        "tcp_user_timeout",
        "sslcompression",
        "sslsni",
    ];

    private static readonly Dictionary<string, SslMode> SslModes = new(StringComparer.Ordinal)
    {
        ["disable"] = SslMode.Disable,
        ["allow"] = SslMode.Allow,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
    };

    /// <summary>Whether it is one of those that are understood.</summary>
    public static bool IsOne(string name) => Same.ContainsKey(name) || Others.Contains(name) || WithoutEffect.Contains(name);

    /// <summary>Sets what the parameters say. Of one that is there twice, the last counts; an empty value is none.</summary>
    /// <returns>What is wrong, by the name of a parameter; null: nothing.</returns>
    public static string? Apply(IEnumerable<KeyValuePair<string, string>> pairs, NpgsqlConnectionStringBuilder settings)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in pairs)
        {
            if (!IsOne(name))
            {
                return Name().IsMatch(name)
                    ? $"{name} is a parameter that is not understood: leave it out"
                    : "a parameter in it is not understood: leave it out, or put values with spaces in single quotes";
            }

            values[name] = value;
        }

        values = values.Where(value => value.Value.Length > 0).ToDictionary(StringComparer.Ordinal);
        foreach (var (name, keyword) in Same.Where(same => values.ContainsKey(same.Key)))
        {
            try
            {
                settings[keyword] = values[name];
            }
            catch (Exception error) when (error is ArgumentException or FormatException or NotSupportedException)
            {
                return $"{name} has a value that it can't have";
            }
        }

        settings.ApplicationName ??= values.GetValueOrDefault("fallback_application_name");
        return OfHosts(values, settings) ?? OfTls(values, settings) ?? OfNumbers(values, settings) ?? OfWords(values, settings);
    }

    private static string? OfHosts(Dictionary<string, string> values, NpgsqlConnectionStringBuilder settings)
    {
        if (values.ContainsKey("hostaddr") && values.ContainsKey("host"))
        {
            return "hostaddr is not understood beside host: leave it out";
        }

        if ((values.GetValueOrDefault("host") ?? values.GetValueOrDefault("hostaddr")) is not { } host)
        {
            return "host is missing: name the server";
        }

        string[] hosts = host.Split(',');
        string[] ports = values.GetValueOrDefault("port", "").Split(',');
        if (
            ports.Any(port =>
                port.Length > 0 && !(ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0)
            )
        )
        {
            return "port must be a number from 1 to 65535";
        }

        if (hosts.Any(string.IsNullOrWhiteSpace) || (ports.Length > 1 && ports.Length != hosts.Length))
        {
            return "host and port must name as many servers, or port one for all";
        }

        if (hosts.Length > 1)
        {
            settings.Host = string.Join(
                ',',
                hosts.Select(
                    (one, at) => ports[ports.Length > 1 ? at : 0] is { Length: > 0 } port ? $"{InBrackets(one)}:{port}" : InBrackets(one)
                )
            );
            return null;
        }

        settings.Host = host.Trim('[', ']');
        if (ports[0].Length > 0)
        {
            settings.Port = int.Parse(ports[0], CultureInfo.InvariantCulture);
        }

        return null;
    }

    /// <summary>An IPv6 address is distinguished from a host with a port by its brackets.</summary>
    private static string InBrackets(string host) =>
        host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host;

    private static string? OfTls(Dictionary<string, string> values, NpgsqlConnectionStringBuilder settings)
    {
        if (values.TryGetValue("ssl", out var ssl))
        {
            if (ssl != "true")
            {
                return "ssl can be true alone: write sslmode";
            }

            values.TryAdd("sslmode", "require");
        }

        var root = values.GetValueOrDefault("sslrootcert");
        var isSystem = root == "system";
        if (values.TryGetValue("sslmode", out var name))
        {
            if (!SslModes.TryGetValue(name, out var mode))
            {
                return $"sslmode must be one of {string.Join(", ", SslModes.Keys)}";
            }

            settings.SslMode = mode;
        }
        else if (isSystem)
        {
            settings.SslMode = SslMode.VerifyFull;
        }

        if (isSystem)
        {
            return settings.SslMode == SslMode.VerifyFull ? null : "sslrootcert can be system with sslmode verify-full alone";
        }

        if (root is not null)
        {
            // As libpq does: whoever names a certificate wants the server's to be verified by it.
            settings.RootCertificate = root;
            settings.SslMode = settings.SslMode == SslMode.Require ? SslMode.VerifyCA : settings.SslMode;
        }

        return null;
    }

    private static string? OfNumbers(Dictionary<string, string> values, NpgsqlConnectionStringBuilder settings)
    {
        foreach (var name in Numbers.Where(values.ContainsKey))
        {
            if (!int.TryParse(values[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                return $"{name} must be a number";
            }

            switch (name)
            {
                case "connect_timeout":
                    settings.Timeout = Math.Clamp(number, 0, LongestTimeout);
                    break;
                case "keepalives":
                    settings.TcpKeepAlive = number != 0;
                    break;
                default:
                    settings.TcpKeepAliveTime = Math.Max(0, number);
                    break;
            }
        }

        return null;
    }

    private static string? OfWords(Dictionary<string, string> values, NpgsqlConnectionStringBuilder settings)
    {
        switch (values.GetValueOrDefault("load_balance_hosts"))
        {
            case null or "disable":
                break;
            case "random":
                settings.LoadBalanceHosts = true;
                break;
            default:
                return "load_balance_hosts must be disable or random";
        }

        return values.GetValueOrDefault("client_encoding")?.ToUpperInvariant() is null or "AUTO" or "UTF8" or "UTF-8" or "UNICODE"
            ? null
            : "client_encoding must be UTF8: leave it out";
    }

    /// <summary>What is no such name may be a piece of a password.</summary>
    [GeneratedRegex("^[a-z][a-z_]{1,39}$", RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
