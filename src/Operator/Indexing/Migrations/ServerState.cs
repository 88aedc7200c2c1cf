namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>The server and the session, as a migration finds them.</summary>
/// <param name="Version">As <c>server_version_num</c> has it: 150004 for 15.4.</param>
/// <param name="ShownVersion">As people write it.</param>
/// <param name="User">The role of the session.</param>
internal sealed record ServerState(int Version, string ShownVersion, string User);
