using System.Globalization;

namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>What to transfer.</summary>
/// <param name="Want">The commit.</param>
/// <param name="Depth">How many commits of history; 0: all of it.</param>
/// <param name="Haves">Commits that are here already, newest first.</param>
/// <param name="Shallow">Those of the commits here whose parents are not here.</param>
internal sealed record FetchRequest(string Want, int Depth, IReadOnlyList<string> Haves, IReadOnlyList<string> Shallow)
{
    /// <summary>What git calls a transfer of all but the contents of files.</summary>
    public const string NoBlobs = "blob:none";

    /// <summary>What is left out, as git writes it; null: nothing. In version 2 only.</summary>
    public string? Filter { get; init; }

    /// <summary>The request in protocol version 2. All is asked at once ("done"): what is here is known, not negotiated.</summary>
    public byte[] Version2(ServerCapabilities server)
    {
        var writer = Version2Command.Begin("fetch", server).Line("thin-pack").Line("no-progress").Line("ofs-delta").Line($"want {Want}");
        foreach (var commit in Shallow)
        {
            writer.Line($"shallow {commit}");
        }

        if (Depth > 0)
        {
            writer.Line(string.Create(CultureInfo.InvariantCulture, $"deepen {Depth}"));
        }

        if (Filter is not null)
        {
            writer.Line($"filter {Filter}");
        }

        foreach (var commit in Haves)
        {
            writer.Line($"have {commit}");
        }

        return writer.Line("done").Flush().ToArray();
    }

    /// <summary>
    /// The request in protocol version 0, with what git asks for where it is advertised: some servers (dulwich, Azure DevOps) refuse
    /// whoever leaves <c>thin-pack</c> or <c>multi_ack</c> out, others whatever they did not advertise.
    /// </summary>
    public byte[] Version0(ServerCapabilities server)
    {
        string[] words =
        [
            .. FirstOf(server, "multi_ack_detailed", "multi_ack"),
            .. FirstOf(server, "no-done"),
            .. FirstOf(server, server.SideBand),
            .. FirstOf(server, "thin-pack"),
            .. FirstOf(server, "no-progress"),
            .. FirstOf(server, "ofs-delta"),
            .. server.Has("agent") ? [$"agent={GitAgent.Name}"] : (string[])[],
        ];
        var writer = new PktLineWriter().Line(string.Join(' ', ["want", Want, .. words]));
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

    private static IEnumerable<string> FirstOf(ServerCapabilities server, params string?[] words) =>
        words.OfType<string>().Where(server.Has).Take(1);
}
