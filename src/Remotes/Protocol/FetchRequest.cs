using System.Globalization;

namespace CodeRepoOperator.Cloning.Remotes.Protocol;

/// <summary>What to transfer.</summary>
/// <param name="Want">The commit.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="Haves">Commits that are here already, newest first.</param>
/// <param name="Shallow">Those of the commits here whose parents are not here.</param>
internal sealed record FetchRequest(string Want, int Depth, IReadOnlyList<string> Haves, IReadOnlyList<string> Shallow)
{
    /// <summary>Whether there is something here to build on.</summary>
    public bool IsSeeded => Haves.Count > 0;

    /// <summary>The request in protocol version 2. All is asked at once ("done"): what is here is known, not negotiated.</summary>
    public byte[] Version2()
    {
        var writer = new PktLineWriter().Line("command=fetch").Line($"agent={GitAgent.Name}").Line("object-format=sha1").Delimiter()
            .Line("no-progress").Line("ofs-delta");
        if (IsSeeded)
        {
            writer.Line("thin-pack");
        }

        writer.Line($"want {Want}");
        foreach (var commit in Shallow)
        {
            writer.Line($"shallow {commit}");
        }

        if (Depth > 0)
        {
            writer.Line(string.Create(CultureInfo.InvariantCulture, $"deepen {Depth}"));
        }

        foreach (var commit in Haves)
        {
            writer.Line($"have {commit}");
        }

        return writer.Line("done").Flush().ToArray();
    }

    /// <summary>The request in protocol version 0, without any multi_ack: one ACK or NAK comes before the pack.</summary>
    public byte[] Version0(ServerCapabilities server)
    {
        string[] wanted = ["side-band-64k", "ofs-delta", "no-progress", .. Depth > 0 ? ["shallow"] : (string[])[], .. IsSeeded ? ["thin-pack"] : (string[])[]];
        var writer = new PktLineWriter().Line($"want {Want} {string.Join(' ', wanted.Where(server.Has))} agent={GitAgent.Name}");
        foreach (var commit in Shallow)
        {
            writer.Line($"shallow {commit}");
        }

        if (Depth > 0)
        {
            writer.Line(string.Create(CultureInfo.InvariantCulture, $"deepen {Depth}"));
        }

        writer.Flush();
        foreach (var commit in Haves)
        {
            writer.Line($"have {commit}");
        }

        return writer.Line("done").ToArray();
    }
}
