using CodeRepoOperator.Hosting;
using CodeRepoOperator.Runtime.Client;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// The way to the database: a pool of connections to its primary, or to whichever host takes writes. The file with the connection string is
/// read at each use, since a Secret that is mounted changes in place; another text makes another pool.
/// </summary>
internal sealed class IndexingDatabase(IOptions<IndexingOptions> options) : IAsyncDisposable
{
    private const string ApplicationName = "coderepo-operator";

    /// <summary>Guards <see cref="_pool"/>: two that find the file changed must not make two pools.</summary>
    private readonly SemaphoreSlim _gate = new(1, 1);
    private (string Text, NpgsqlDataSource Source)? _pool;

    /// <summary>Says what to do where nothing works without a database.</summary>
    /// <exception cref="SetupException">None is configured.</exception>
    public void ThrowIfNotConfigured()
    {
        if (!options.Value.HasDatabase)
        {
            throw new SetupException($"No database is configured: set {IndexingOptions.Section}:{nameof(IndexingOptions.ConnectionFile)}.");
        }
    }

    /// <summary>Opens a connection to the primary.</summary>
    /// <exception cref="SetupException">The file can't be read, or what is in it is no connection string.</exception>
    /// <exception cref="NpgsqlException">The database can't be reached, or refuses.</exception>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await OpenPooledAsync(cancellationToken);
        }
        catch (NpgsqlException error) when (!cancellationToken.IsCancellationRequested)
        {
            if (await ConnectFailure.ReasonAsync(error, await BuilderAsync(cancellationToken), cancellationToken) is { } reason)
            {
                throw reason;
            }

            throw;
        }
    }

    /// <summary>The way to the database, for one who makes a pool of their own.</summary>
    /// <exception cref="SetupException">The file can't be read, or what is in it is no connection string.</exception>
    public async Task<NpgsqlDataSourceBuilder> BuilderAsync(CancellationToken cancellationToken) =>
        Builder(await ReadAsync(cancellationToken));

    /// <summary>Closes the connections that are in the pool: after a failover they lead to a server that is read-only now.</summary>
    public void ForgetConnections() => _pool?.Source.Clear();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_pool is { } pool)
        {
            await pool.Source.DisposeAsync();
        }

        _gate.Dispose();
    }

    private async Task<NpgsqlConnection> OpenPooledAsync(CancellationToken cancellationToken)
    {
        var pool = await PoolAsync(cancellationToken);
        try
        {
            return await pool.OpenConnectionAsync(cancellationToken);
        }
        catch (ObjectDisposedException)
        {
            // The file changed, and another caller has made the pool anew meanwhile.
            return await (await PoolAsync(cancellationToken)).OpenConnectionAsync(cancellationToken);
        }
    }

    private async Task<NpgsqlDataSource> PoolAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var text = await ReadAsync(cancellationToken);
            if (_pool is { } pool && pool.Text == text)
            {
                return pool.Source;
            }

            var source = Connect(text);
            var replaced = _pool;
            _pool = (text, source);

            // Connections that are in use stay open until they are given back.
            await (replaced?.Source.DisposeAsync() ?? ValueTask.CompletedTask);
            return source;
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        ThrowIfNotConfigured();
        try
        {
            return (await File.ReadAllTextAsync(options.Value.ConnectionFile!, cancellationToken)).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new SetupException(
                $"The file of the connection string can't be read ({error.Message.TrimEnd('.')}): mount the Secret that has it.",
                error
            );
        }
    }

    private NpgsqlDataSource Connect(string text)
    {
        try
        {
            return Builder(text).BuildMultiHost().WithTargetSession(TargetSessionAttributes.ReadWrite);
        }
        catch (Exception error) when (error is ArgumentException or NotSupportedException)
        {
            // The error's own words may quote a part of a password.
            throw Unusable("can't be used: two of its parameters contradict each other");
        }
    }

    private NpgsqlDataSourceBuilder Builder(string text)
    {
        if (!ConnectionText.TryRead(text, out var read, out var wrong))
        {
            throw Unusable(wrong);
        }

        var builder = new NpgsqlDataSourceBuilder(read.ConnectionString);
        var settings = builder.ConnectionStringBuilder;
        settings.ApplicationName ??= ApplicationName;

        // What a host was found to be is not remembered: one that ended a connection would count as down for some seconds, and a
        // primary that was demoted would count as one. A round trip for each connection that is taken from the pool.
        settings.HostRecheckSeconds = 0;

        if (settings.CheckCertificateRevocation)
        {
            throw new SetupException(
                $"The connection string in {options.Value.ConnectionFile} has Check Certificate Revocation, which would send requests to "
                    + "wherever a certificate says, and is not done: leave it out."
            );
        }

        // Kerberos is for those who require it. Where Npgsql merely prefers it, .NET looks for its library, and writes to the log when
        // there is none, as in the image.
        if (settings.GssEncryptionMode == GssEncryptionMode.Prefer)
        {
            settings.GssEncryptionMode = GssEncryptionMode.Disable;
        }

        // A certificate that is shown here is not trusted yet, whatever SSL Mode says.
        builder.UseSslClientAuthenticationOptionsCallback(ssl => ssl.CertificateChainPolicy = OfflineChain.Policy());
        return builder;
    }

    private SetupException Unusable(string why) => new($"What is in {options.Value.ConnectionFile} {why}{(why.EndsWith('?') ? "" : ".")}");
}
