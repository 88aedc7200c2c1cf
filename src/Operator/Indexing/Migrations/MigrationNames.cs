using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Indexing.Migrations;

/// <summary>
/// What the migration calls the things that it makes for a target. The functions that clients call have short names for the first
/// target; all else is called by the target's label, so that another order of the targets changes nothing but those.
/// </summary>
/// <param name="label">The target's label.</param>
/// <param name="isFirst">Whether it is the first of the targets.</param>
internal sealed class MigrationNames(string label, bool isFirst)
{
    /// <summary>The table of what was done, in the schema of the target's table.</summary>
    public const string Journal = "coderepo_migrations";

    /// <summary>What sessions listen to that wait for rows to claim, of all tables.</summary>
    public const string Channel = "coderepo_claimable";

    /// <summary>In bytes: PostgreSQL cuts longer names off (NAMEDATALEN).</summary>
    private const int MaximumBytes = 63;

    /// <summary>As many hexadecimal digits of a hash as no two labels of an installation share.</summary>
    private const int Digits = 16;

    public string Claim { get; } = Called("coderepo_claim", label, isFirst);

    public string ClaimNext { get; } = Called("coderepo_claim_next", label, isFirst);

    public string Heartbeat { get; } = Called("coderepo_heartbeat", label, isFirst);

    public string Finish { get; } = Called("coderepo_finish", label, isFirst);

    /// <summary>The function of all triggers, and the trigger for rows that are inserted or whose status is set.</summary>
    public string Stamp { get; } = Fit("coderepo_stamp_", label);

    /// <summary>The trigger for what those of others made of an inserted row.</summary>
    public string Inserted { get; } = Fit("coderepo_inserted_", label);

    /// <summary>The trigger for what those of others made of an updated row.</summary>
    public string Updated { get; } = Fit("coderepo_updated_", label);

    /// <summary>All triggers.</summary>
    public IReadOnlyList<string> Triggers => [Stamp, Inserted, Updated];

    /// <summary>The function of the triggers that tell of rows that declare CodeRepos.</summary>
    public string Changed { get; } = Fit("coderepo_rows_", label);

    /// <summary>The trigger for rows that are inserted or deleted.</summary>
    public string RowMade { get; } = Fit("coderepo_row_made_", label);

    /// <summary>The trigger for rows that name another repository or branch.</summary>
    public string RowChanged { get; } = Fit("coderepo_row_changed_", label);

    /// <summary>The trigger for all rows that go at once.</summary>
    public string RowsGone { get; } = Fit("coderepo_rows_gone_", label);

    /// <summary>All triggers that tell of rows.</summary>
    public IReadOnlyList<string> RowTriggers => [RowMade, RowChanged, RowsGone];

    /// <summary>The function of the triggers that write the history.</summary>
    public string Attempt { get; } = Fit("coderepo_attempt_", label);

    /// <summary>The trigger for rows that are active when they are inserted.</summary>
    public string AttemptInserted { get; } = Fit("coderepo_attempt_inserted_", label);

    /// <summary>The trigger for rows that are taken or left.</summary>
    public string AttemptUpdated { get; } = Fit("coderepo_attempt_updated_", label);

    /// <summary>The trigger for rows that are deleted while a job holds them.</summary>
    public string AttemptDeleted { get; } = Fit("coderepo_attempt_deleted_", label);

    /// <summary>All triggers that write the history.</summary>
    public IReadOnlyList<string> AttemptTriggers => [AttemptInserted, AttemptUpdated, AttemptDeleted];

    /// <summary>The index of the rows that jobs hold.</summary>
    public string ActiveIndex { get; } = Fit("coderepo_active_", label);

    /// <summary>The index of the rows by their URLs.</summary>
    public string UrlIndex { get; } = Fit("coderepo_url_", label);

    /// <summary>The index of the rows that wait for a job.</summary>
    public string WaitingIndex { get; } = Fit("coderepo_waiting_", label);

    /// <summary>All indexes of a table that has URLs.</summary>
    public IReadOnlyList<string> Indexes => [ActiveIndex, UrlIndex, WaitingIndex];

    /// <summary>Whether the functions' names are longer than names may be.</summary>
    public bool AreTooLong => Encoding.UTF8.GetByteCount(ClaimNext) > MaximumBytes;

    private static string Called(string name, string label, bool isFirst) => isFirst ? name : $"{name}_{label}";

    private static string Fit(string prefix, string label) =>
        Encoding.UTF8.GetByteCount(prefix + label) <= MaximumBytes
            ? prefix + label
            : prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(label)))[..Digits];
}
