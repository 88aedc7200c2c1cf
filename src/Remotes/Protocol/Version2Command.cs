namespace CodeRepoOperator.Remotes.Protocol;

/// <summary>The beginning of a request in protocol version 2.</summary>
internal static class Version2Command
{
    /// <summary>Names the command, and what both sides know of: git before 2.28 ends at a word that it did not advertise.</summary>
    /// <param name="name">The command.</param>
    /// <param name="server">What the server advertised.</param>
    /// <returns>Takes the command's arguments.</returns>
    public static PktLineWriter Begin(string name, ServerCapabilities server)
    {
        var writer = new PktLineWriter().Line($"command={name}");
        if (server.Has("agent"))
        {
            writer.Line($"agent={GitAgent.Name}");
        }

        if (server.Has("object-format"))
        {
            writer.Line("object-format=sha1");
        }

        return writer.Delimiter();
    }
}
