namespace CodeRepoOperator.Remotes.Refs;

/// <summary>What of a remote is to be checked out.</summary>
internal abstract record Revision
{
    /// <summary>Where tags are.</summary>
    public const string Tags = "refs/tags/";

    private Revision() { }

    /// <summary>The full name of the one ref that is looked for; null: that is not known beforehand.</summary>
    public abstract string? Ref { get; }

    /// <summary>The refs that are looked at to find it, by how their names begin; empty: none need be.</summary>
    public abstract IReadOnlyList<string> Prefixes { get; }

    /// <summary>The branch that the remote's HEAD names, or the commit of HEAD if it names none.</summary>
    internal sealed record Head : Revision
    {
        /// <inheritdoc />
        public override string? Ref => null;

        /// <inheritdoc />
        public override IReadOnlyList<string> Prefixes => ["HEAD"];
    }

    /// <summary>A branch.</summary>
    internal sealed record Branch(BranchName Name) : Revision
    {
        /// <inheritdoc />
        public override string Ref => Name.Ref;

        /// <inheritdoc />
        public override IReadOnlyList<string> Prefixes => ["HEAD", Ref];
    }

    /// <summary>A tag or any other ref, by its full name. No branch is checked out.</summary>
    internal sealed record Named(string FullName) : Revision
    {
        /// <inheritdoc />
        public override string Ref => FullName;

        /// <inheritdoc />
        public override IReadOnlyList<string> Prefixes => [FullName];
    }

    /// <summary>The tag with the highest version of a range.</summary>
    internal sealed record Highest(VersionRange Range) : Revision
    {
        /// <inheritdoc />
        public override string? Ref => null;

        /// <inheritdoc />
        public override IReadOnlyList<string> Prefixes => [Tags];
    }

    /// <summary>A commit.</summary>
    /// <param name="Id">40 hexadecimal digits.</param>
    internal sealed record Commit(string Id) : Revision
    {
        /// <inheritdoc />
        public override string? Ref => null;

        /// <inheritdoc />
        public override IReadOnlyList<string> Prefixes => [];
    }
}
