namespace CodeRepoOperator.Remotes.Proxies;

/// <summary>The other end of a connection that says what it is to say whatever it is asked, and keeps what it was sent.</summary>
internal sealed class ScriptedStream(byte[] says) : MemoryStream
{
    private readonly MemoryStream _says = new(says);

    /// <summary>What it was sent.</summary>
    public byte[] Sent => ToArray();

    /// <summary>How much of what it says is not read yet.</summary>
    public long Left => _says.Length - _says.Position;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _says.ReadAsync(buffer, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        _says.Dispose();
        base.Dispose(disposing);
    }
}
