using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>Finds the reason why no connection was made, where the error that Npgsql ended with is not it.</summary>
internal static class ConnectFailure
{
    /// <summary>Looks for the reason.</summary>
    /// <param name="error">What Npgsql ended with.</param>
    /// <param name="builder">The way to the database; it is changed.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The reason, as an error of Npgsql; null: the error says it.</returns>
    public static async Task<NpgsqlException?> ReasonAsync(
        NpgsqlException error,
        NpgsqlDataSourceBuilder builder,
        CancellationToken cancellationToken
    )
    {
        var errors = DatabaseErrors.All(error).ToList();
        var settings = builder.ConnectionStringBuilder;
        if (
            settings.SslMode == SslMode.Prefer
            && errors.OfType<PostgresException>().Any(one => one.SqlState == PostgresErrorCodes.InvalidAuthorizationSpecification)
        )
        {
            return await WithTlsAsync(builder, cancellationToken);
        }

        var unreachable = errors.OfType<SocketException>().FirstOrDefault(IsWithoutRoute);
        return unreachable is not null && await Ipv6OnlyAsync(settings.Host ?? "", cancellationToken) is { } host
            ? new NpgsqlException(error.Message, new Ipv6OnlyException(host, unreachable))
            : null;
    }

    /// <summary>
    /// Npgsql tries again without TLS when it was refused with it, and reports the second refusal: that there is no TLS. The first one is
    /// the reason, where the server wants TLS.
    /// </summary>
    private static async Task<NpgsqlException?> WithTlsAsync(NpgsqlDataSourceBuilder builder, CancellationToken cancellationToken)
    {
        builder.ConnectionStringBuilder.SslMode = SslMode.Require;
        builder.ConnectionStringBuilder.Pooling = false;
        await using var source = builder.BuildMultiHost();
        try
        {
            await using var connection = await source.OpenConnectionAsync(TargetSessionAttributes.ReadWrite, cancellationToken);
            return null;
        }
        catch (NpgsqlException refused)
        {
            return DatabaseErrors.All(refused).OfType<PostgresException>().FirstOrDefault();
        }
    }

    private static bool IsWithoutRoute(SocketException error) =>
        error.SocketErrorCode
            is SocketError.NetworkUnreachable
                or SocketError.HostUnreachable
                or SocketError.NetworkDown
                or SocketError.AddressNotAvailable
                or SocketError.AddressFamilyNotSupported;

    private static async Task<string?> Ipv6OnlyAsync(string hosts, CancellationToken cancellationToken)
    {
        foreach (var host in hosts.Split(',').Select(WithoutPort))
        {
            try
            {
                var addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
                if (addresses.Length > 0 && addresses.All(address => address.AddressFamily == AddressFamily.InterNetworkV6))
                {
                    return host;
                }
            }
            catch (Exception error) when (error is SocketException or ArgumentException)
            {
                // It has no address at all.
            }
        }

        return null;
    }

    private static string WithoutPort(string host)
    {
        var (port, bracket) = (host.LastIndexOf(':'), host.LastIndexOf(']'));
        var isPort = port > bracket && (bracket >= 0 || host.IndexOf(':', StringComparison.Ordinal) == port);
        return (isPort ? host[..port] : host).Trim();
    }
}
