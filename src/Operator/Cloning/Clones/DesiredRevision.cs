using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Refs;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>Reads what a spec asks for by <c>branch</c> or <c>ref</c>, as the CRD checks it.</summary>
internal static class DesiredRevision
{
    private const string AllRefs = "refs/";

    /// <summary>Reads it.</summary>
    public static Attempt<Revision> Of(CodeRepoSpec spec) =>
        spec switch
        {
            { Branch: not null, Ref: not null } => Invalid(
                "spec.branch and spec.ref are both set: take one of them out. A CodeRepo has one clone, of a branch or of a ref."
            ),
            { Ref: { } asked } => OfRef(asked),
            { Branch: { } name } => OfBranch(name),
            _ => new Revision.Head(),
        };

    private static Attempt<Revision> OfBranch(string name)
    {
        if (name.StartsWith(AllRefs, StringComparison.Ordinal))
        {
            return Invalid("spec.branch must be the short name of a branch, like main, without refs/heads/.");
        }

        var branch = BranchName.Parse(name);
        return branch.Succeeded ? new Revision.Branch(branch.Value) : branch.Failure;
    }

    private static Attempt<Revision> OfRef(CodeRepoRef asked) =>
        asked switch
        {
            { Tag: { } tag, Semver: null, Commit: null, Name: null } => OfTag(tag),
            { Tag: null, Semver: { } range, Commit: null, Name: null } => OfRange(range),
            { Tag: null, Semver: null, Commit: { } commit, Name: null } => OfCommit(commit),
            { Tag: null, Semver: null, Commit: null, Name: { } name } => OfName(name),
            _ => Invalid("spec.ref must have exactly one of tag, semver, commit and name."),
        };

    private static Attempt<Revision> OfTag(string tag) =>
        tag.StartsWith(AllRefs, StringComparison.Ordinal)
            ? Invalid("spec.ref.tag must be the short name of a tag, like v1.2.3, without refs/tags/.")
        : RefRules.BrokenBy(tag) is { } rule ? Invalid($"spec.ref.tag {rule}.")
        : new Revision.Named(Revision.Tags + tag);

    private static Attempt<Revision> OfRange(string range) =>
        VersionRange.TryParse(range) is { } read
            ? new Revision.Highest(read)
            : Invalid("spec.ref.semver must be a range of versions, like >=1.2 <2, ^1.4 or 1.2.x.");

    private static Attempt<Revision> OfCommit(string commit) =>
        commit.ToLowerInvariant() is var id && ObjectName.IsSha1(id)
            ? new Revision.Commit(id)
            : Invalid("spec.ref.commit must be the full name of a commit, 40 hexadecimal digits.");

    private static Attempt<Revision> OfName(string name) =>
        !name.StartsWith(AllRefs, StringComparison.Ordinal)
            ? Invalid("spec.ref.name must be the full name of a ref, like refs/pull/12/head.")
        : RefRules.BrokenBy(name[AllRefs.Length..]) is { } rule ? Invalid($"spec.ref.name, after refs/, {rule}.")
        : new Revision.Named(name);

    private static CloneFailure Invalid(string message) => new(Reasons.InvalidSpec, message);
}
