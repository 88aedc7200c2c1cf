using Npgsql;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>Asks the catalog what would refuse that the columns are dropped that a migration has added.</summary>
internal static class DependentProbe
{
    /// <summary>What goes with a column (an index, a default) is no obstacle, and our own triggers go before.</summary>
    private const string Dependents = """
        SELECT DISTINCT CASE WHEN d.classid = 'pg_rewrite'::regclass
            THEN (SELECT pg_describe_object('pg_class'::regclass, r.ev_class, 0) FROM pg_rewrite r WHERE r.oid = d.objid)
            ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END || ' needs ' || a.attname
        FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = format('%I.%I', $1, $2)::regclass AND d.deptype = 'n'
          AND a.attname = ANY ($3) AND NOT (d.classid = 'pg_trigger'::regclass
            AND COALESCE(obj_description((SELECT t.tgfoid FROM pg_trigger t WHERE t.oid = d.objid), 'pg_proc') = ANY ($4), false))
        ORDER BY 1
        """;

    /// <summary>Adds it to what is known of a table.</summary>
    public static async Task<TableState> ReadAsync(
        NpgsqlConnection connection,
        MigrationTarget target,
        TableState table,
        CancellationToken cancellationToken
    )
    {
        if (table.Added.Count == 0)
        {
            return table;
        }

        var catalog = new TableCatalog(connection, target.Target.Schema, target.Target.Table, cancellationToken);
        string[] ours = [MigrationScripts.StampTag(target), MigrationScripts.AttemptTag(target)];
        return table with { Dependents = await catalog.ColumnAsync(Dependents, table.Added.ToArray(), ours) };
    }
}
