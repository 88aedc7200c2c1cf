namespace CodeRepoOperator.Entities;

/// <summary>Reads a spec, and notes in it what could not be read.</summary>
public sealed class SpecConverter : TolerantConverter<CodeRepoSpec>
{
    /// <inheritdoc />
    public override bool HandleNull => true;

    /// <inheritdoc />
    protected override CodeRepoSpec Checked(CodeRepoSpec? read, IReadOnlyList<string> unreadable)
    {
        var spec = read ?? new CodeRepoSpec();

        // An array: there is one empty one for all, and thousands of specs.
        string[] odd = [.. unreadable, .. read is null ? [""] : Nulls(spec)];
        spec.Unreadable = odd;
        return spec;
    }

    /// <summary>Fields that must have a value get their default again.</summary>
    private static IEnumerable<string> Nulls(CodeRepoSpec spec)
    {
        var initial = new CodeRepoSpec();
        if (spec.GitUrl is null)
        {
            spec.GitUrl = initial.GitUrl;
            yield return "git_url";
        }

        if (spec.Interval is null)
        {
            spec.Interval = initial.Interval;
            yield return "interval";
        }

        if (spec.Timeout is null)
        {
            spec.Timeout = initial.Timeout;
            yield return "timeout";
        }

        if (spec.Lfs is { MaxBytes: null })
        {
            spec.Lfs.MaxBytes = new CodeRepoLfs().MaxBytes;
            yield return "lfs.maxBytes";
        }
    }
}
