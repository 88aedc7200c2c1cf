using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Which rows the row level security of a table shows a role. Statements read no row that it hides, and say nothing. Whether a policy shows
/// all rows is known where its condition is <c>true</c>; of another nobody knows.
/// </summary>
/// <param name="Table">The table, as SQL has it.</param>
/// <param name="Role">The role.</param>
/// <param name="Policies">The policies that hold for it.</param>
internal sealed record RowSecurity(string Table, string Role, IReadOnlyList<RowPolicy> Policies)
{
    private const char Select = 'r';
    private const char Update = 'w';

    private const string Query = """
        SELECT current_user::text, p.polname::text, p.polcmd::text, p.polpermissive, pg_catalog.pg_get_expr(p.polqual, p.polrelid)
        FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
          LEFT JOIN pg_catalog.pg_policy p ON p.polrelid = c.oid AND EXISTS (
            SELECT FROM pg_catalog.unnest(p.polroles) AS r (oid) WHERE r.oid = 0 OR pg_catalog.pg_has_role(current_user, r.oid, 'USAGE'))
        WHERE n.nspname = $1 AND c.relname = $2 AND pg_catalog.row_security_active(c.oid)
        ORDER BY p.polname
        """;

    /// <summary>Whether a statement that reads finds no row at all.</summary>
    public bool HidesAll => !Policies.Any(policy => policy.IsPermissive && policy.IsFor(Select) && policy.Condition is not null);

    /// <summary>What to do, so that all rows are shown.</summary>
    public string Remedy
    {
        get
        {
            var role = SqlName.Quoted(Role);
            return Policies.FirstOrDefault(policy => !policy.IsPermissive && !policy.IsForAllRows) is { } restrictive
                ? $"The restrictive policy {SqlName.Quoted(restrictive.Name)} is in the way of any other: ALTER ROLE {role} BYPASSRLS;"
                : $"Run CREATE POLICY operator_sees_all_rows ON {Table} TO {role} USING (true); or, as a superuser, "
                    + $"ALTER ROLE {role} BYPASSRLS;";
        }
    }

    /// <summary>Whether all rows can be read.</summary>
    public bool ShowsAllToRead => ShowsAll(Select);

    /// <summary>Whether all rows can be read and changed.</summary>
    public bool ShowsAllToChange => ShowsAll(Select) && ShowsAll(Update);

    /// <summary>Reads what holds for the role of a connection.</summary>
    /// <returns>Null: no row level security applies to it.</returns>
    /// <exception cref="NpgsqlException">The database could not be asked.</exception>
    public static async Task<RowSecurity?> ReadAsync(
        NpgsqlConnection connection,
        IndexingTarget target,
        CancellationToken cancellationToken
    )
    {
        await using var command = new NpgsqlCommand(Query, connection)
        {
            Parameters =
            {
                new() { Value = target.Schema },
                new() { Value = target.Table },
            },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        string? role = null;
        var policies = new List<RowPolicy>();
        while (await reader.ReadAsync(cancellationToken))
        {
            role = reader.GetString(0);
            if (!await reader.IsDBNullAsync(1, cancellationToken))
            {
                var condition = await reader.IsDBNullAsync(4, cancellationToken) ? null : reader.GetString(4);
                policies.Add(new RowPolicy(reader.GetString(1), reader.GetString(2)[0], reader.GetBoolean(3), condition));
            }
        }

        return role is null ? null : new RowSecurity($"{SqlName.Quoted(target.Schema)}.{SqlName.Quoted(target.Table)}", role, policies);
    }

    /// <summary>One policy is enough that shows all, unless a restrictive one takes some away.</summary>
    private bool ShowsAll(char command) =>
        Policies.Any(policy => policy.IsPermissive && policy.IsFor(command) && policy.IsForAllRows)
        && Policies.All(policy => policy.IsPermissive || !policy.IsFor(command) || policy.IsForAllRows);
}
