using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>A submodule that was not fetched.</summary>
/// <param name="Path">Where it would be, from the root of the clone on; fit to be shown.</param>
/// <param name="Why">In a few words, for a list.</param>
/// <param name="Failure">In full.</param>
/// <param name="MayComeLater">Whether another try may fetch it although nothing in the repository changes.</param>
internal sealed record SubmoduleFailure(string Path, string Why, CloneFailure Failure, bool MayComeLater)
{
    /// <summary>Something in the repository is in the way: no other try will do better.</summary>
    /// <param name="path">Where.</param>
    /// <param name="reason">One of <see cref="Reasons"/>.</param>
    /// <param name="flaw">What.</param>
    public static SubmoduleFailure OfContent(string path, string reason, string flaw) =>
        new(path, flaw, Explain(path, new CloneFailure(reason, $"{flaw}: correct it in the repository.")), MayComeLater: false);

    /// <summary>The spec does not go that far.</summary>
    /// <param name="path">Where.</param>
    /// <param name="field">The field that is in the way.</param>
    public static SubmoduleFailure OfLimit(string path, string field) =>
        new(
            path,
            $"beyond {field}",
            Explain(path, new CloneFailure(Reasons.TooLarge, $"it is beyond {field}: raise it, or take required out.")),
            MayComeLater: false
        );

    /// <summary>Its remote did not give it.</summary>
    /// <param name="submodule">What is missing.</param>
    /// <param name="own">The remote of the CodeRepo.</param>
    /// <param name="failure">Why.</param>
    public static SubmoduleFailure OfRemote(PendingSubmodule submodule, GitUrl own, CloneFailure failure) =>
        new(
            RemoteText.Escaped(submodule.Place.Path),
            $"{failure.Reason} at {submodule.Url}",
            Explain(RemoteText.Escaped(submodule.Place.Path), AtRemote(submodule, own, failure)),
            MayComeLater: true
        );

    /// <summary>What failed is not the CodeRepo's own host, nor its credentials.</summary>
    private static CloneFailure Explain(string path, CloneFailure failure) =>
        failure with
        {
            Message = $"submodule {path}: {failure.Message}",
            SaysNothingOfHost = true,
            RefusesCredentials = false,
        };

    private static CloneFailure AtRemote(PendingSubmodule submodule, GitUrl own, CloneFailure failure) =>
        failure with
        {
            Message = failure.Reason switch
            {
                Reasons.RefNotFound =>
                    $"{submodule.Url} does not have the commit {submodule.Place.Commit}, or does not give it by its name: push it there, "
                        + "or name another one in the repository.",
                Reasons.AuthenticationFailed
                    when !failure.IsOfProxy && (submodule.Url.Scheme, submodule.Url.Authority) != (own.Scheme, own.Authority) =>
                    $"{submodule.Url} wants credentials, and spec.auth is for {own.Scheme}://{own.Authority} only: have the administrator "
                        + "add some for its host to Git:Credentials, or write a relative URL into .gitmodules.",
                _ => $"{submodule.Url}: {failure.Message}",
            },
        };
}
