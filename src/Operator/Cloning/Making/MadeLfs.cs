using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;
using CodeRepoOperator.Remotes.Worker;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>What came of the files of Git LFS of a clone, its submodules' included.</summary>
/// <param name="asked">What the spec asks for.</param>
internal sealed class MadeLfs(DesiredLfs asked)
{
    private const int DigestLength = 16;

    private readonly List<string> _omitted = [];
    private readonly StringBuilder _digests = new();
    private int _files;
    private int _omittedCount;
    private bool _mayComeLater;
    private CloneSize? _size;

    /// <summary>What those that are there have together.</summary>
    public long Bytes { get; private set; }

    /// <summary>As the marker has it.</summary>
    public ClonedLfs Cloned => new(asked, _files, Bytes, Digest, _mayComeLater);

    private string Digest =>
        _digests.Length == 0 ? "" : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(_digests.ToString())))[..DigestLength];

    /// <summary>Adds what came of one tree.</summary>
    /// <param name="place">The tree.</param>
    /// <param name="fetched">What came of it; a failure: all are still pointers.</param>
    public void Add(LfsPlace place, Attempt<FetchedLfs> fetched)
    {
        if (fetched.Succeeded)
        {
            var made = fetched.Value;
            _files += made.Files;
            Bytes += made.Bytes;
            _size = made.Size.Plus(_size);
            _mayComeLater |= made.MayComeLater;
            _digests.Append(place.Path).Append(' ').Append(made.Digest).Append('\n');
            Omit(place, made.Omitted, why: null);
        }
        else
        {
            _mayComeLater |= fetched.Failure.Reason is not (Reasons.InvalidUrl or Reasons.Unsupported);
            Omit(place, place.Fetched.Omitted?.LfsFiles, fetched.Failure.Reason);
        }
    }

    /// <summary>The tree of the whole clone.</summary>
    /// <param name="tree">The same with pointers.</param>
    public FetchedTree AddTo(FetchedTree tree)
    {
        var omitted = new OmittedContent(
            tree.Omitted?.Submodules ?? new OmittedPaths(0, []),
            new OmittedPaths(_omittedCount, [.. _omitted.Order(StringComparer.Ordinal).Take(OmittedPaths.MaximumShown)]),
            tree.Omitted?.UnencodedFiles
        );
        return tree with
        {
            Omitted = omitted is { Submodules.Count: 0, LfsFiles.Count: 0, UnencodedFiles: null } ? null : omitted,
            Size = tree.Size?.Plus(_size),
        };
    }

    private void Omit(LfsPlace place, OmittedPaths? paths, string? why)
    {
        _omittedCount += paths?.Count ?? 0;
        _omitted.AddRange((paths?.First ?? []).Select(path => place.From(path) + (why is null ? "" : $" ({why})")));
    }
}
