namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>Objects to transfer by their names, in protocol version 2, as git fetches what a filter left out.</summary>
/// <param name="Ids">40 hexadecimal digits each.</param>
internal sealed record ObjectsRequest(IReadOnlyList<string> Ids)
{
    /// <summary>The request.</summary>
    public byte[] Version2(ServerCapabilities server)
    {
        var writer = Version2Command.Begin("fetch", server).Line("no-progress").Line("ofs-delta");
        foreach (var id in Ids)
        {
            writer.Line($"want {id}");
        }

        return writer.Line("done").Flush().ToArray();
    }
}
