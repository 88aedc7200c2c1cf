using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Cloning.Store;

namespace CodeRepoOperator.Api.Responses;

/// <summary>A tree that consumers can read now, as it is written.</summary>
internal record PublishedTree
{
    /// <summary>In hexadecimal digits of a hash: refs may have characters that no header of HTTP takes.</summary>
    private const int RefDigits = 12;

    /// <summary>The PersistentVolumeClaim.</summary>
    public required string Claim { get; init; }

    /// <summary>Its namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The clone's directory on it.</summary>
    public required string Path { get; init; }

    /// <summary>The node that a ReadWriteOnce claim is bound to; null: it is not known.</summary>
    public required string? Node { get; init; }

    /// <summary>The commit that is checked out.</summary>
    public required string Commit { get; init; }

    /// <summary>The branch that is checked out; null: HEAD is detached.</summary>
    public required string? Branch { get; init; }

    /// <summary>The tag or other ref that is checked out, by its full name; null: a branch, the remote's HEAD or a commit is.</summary>
    public required string? Ref { get; init; }

    /// <summary>
    /// Names a tree in <c>Last-Event-ID</c>: the same for a clone of the same tree and ref, so that one that was lost and made again is
    /// nothing new.
    /// </summary>
    public static string IdOf(PublishedClone clone) =>
        $"{clone.TreeName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(clone.Marker.CheckedOut)))[..RefDigits]}";

    /// <summary>The tree of a clone.</summary>
    public static PublishedTree Of(PublishedClone clone, StoreOptions store) =>
        new()
        {
            Claim = store.Claim,
            Namespace = store.Namespace,
            Path = StoreLayout.RelativePath(clone.Key),
            Node = string.IsNullOrEmpty(store.Node) ? null : store.Node,
            Commit = clone.Marker.Commit,
            Branch = clone.Marker.Branch,
            Ref = clone.Marker.Ref,
        };
}
