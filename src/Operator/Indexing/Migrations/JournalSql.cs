using System.Globalization;
using CodeRepoOperator.Indexing.Tables;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// The statements on the journal: a table in the schema of the target's table, to which each script that runs adds a row. Their
/// values are literals, for a dry run prints the statements as they are.
/// </summary>
/// <param name="target">The target.</param>
/// <param name="formers">What it was called before: its history is under these names too.</param>
internal sealed class JournalSql(MigrationTarget target, IReadOnlyList<string> formers)
{
    private readonly string _table = $"{SqlName.Quoted(target.Target.Schema)}.{SqlName.Quoted(MigrationNames.Journal)}";
    private readonly string _target = SqlName.Literal(target.Identity);
    private readonly string _names = string.Join(", ", formers.Prepend(target.Identity).Select(SqlName.Literal));

    /// <summary>
    /// Makes it, and closes it to all but its owner, also where new tables are opened to a web API by default: row level security alone
    /// lets them TRUNCATE it, or give it a trigger that its owner runs. In one statement, for it may be part of a script without a
    /// transaction.
    /// </summary>
    /// <param name="body">What its body stands in.</param>
    public string Create(string body)
    {
        var table = SqlName.Literal(_table);
        return $"""
            DO {body}
            DECLARE given record;
            BEGIN
              CREATE TABLE IF NOT EXISTS {_table} (
                id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, target text NOT NULL, script text NOT NULL, content text NOT NULL,
                added text[] NOT NULL, applied_by text NOT NULL DEFAULT current_user, applied_at timestamptz NOT NULL DEFAULT now());
              ALTER TABLE {_table} ENABLE ROW LEVEL SECURITY;
              FOR given IN SELECT DISTINCT c.oid::regclass AS name, CASE c.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END AS kind,
                             CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END AS role
                           FROM pg_class c, aclexplode(c.relacl) acl
                           WHERE c.oid IN ({table}::regclass, pg_get_serial_sequence({table}, 'id')::regclass) AND acl.grantee <> c.relowner
              LOOP
                EXECUTE format('REVOKE ALL ON %s %s FROM %s CASCADE', given.kind, given.name, given.role);
              END LOOP;
            END {body};
            """;
    }

    /// <summary>Has the history under former names be that of the target.</summary>
    public string TakeOver => $"UPDATE {_table} SET target = {_target} WHERE target IN ({_names});";

    /// <summary>Reads which scripts have run for the target, and what each was when it did so last.</summary>
    public string Ran => $"SELECT DISTINCT ON (script) script, content FROM {_table} WHERE target IN ({_names}) ORDER BY script, id DESC";

    /// <summary>Reads which columns were added to the table.</summary>
    public string Added =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT added.name FROM {_table} j, unnest(j.added) WITH ORDINALITY added (name, place) WHERE j.target IN ({_names}) ORDER "
                + $"BY j.id, added.place"
        );

    /// <summary>Forgets the target, and the journal with the last one.</summary>
    public string Forget(string body) =>
        $"""
            DELETE FROM {_table} WHERE target = {_target};
            DO {body}
            BEGIN
              IF NOT EXISTS (SELECT FROM {_table}) THEN
                DROP TABLE {_table};
              END IF;
            END {body};
            """;

    /// <summary>Writes that a script was run.</summary>
    /// <param name="script">The script.</param>
    /// <param name="added">The columns that it has added.</param>
    public string Store(MigrationScript script, IEnumerable<string> added) =>
        $"INSERT INTO {_table} (target, script, content, added) VALUES ({_target}, {SqlName.Literal(script.Name)}, "
        + $"{SqlName.Literal(script.Hash)}, ARRAY[{string.Join(", ", added.Select(SqlName.Literal))}]::text[]);";
}
