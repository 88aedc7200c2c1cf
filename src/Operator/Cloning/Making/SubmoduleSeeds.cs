using CodeRepoOperator.Remotes.GitFiles;
using CodeRepoOperator.Remotes.Submodules;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>The submodules of an older clone, whose packs and files need not be fetched again.</summary>
internal sealed class SubmoduleSeeds
{
    private readonly string? _clone;
    private readonly IReadOnlyList<SubmodulePlace> _places;

    /// <param name="work">What is to be made.</param>
    public SubmoduleSeeds(SubmoduleWork work)
    {
        _clone = work.Order.SeedFrom?.Directory;
        _places = work.Older?.Marker.Submodules?.Fetched ?? [];
    }

    /// <summary>The one to build on: of the same remote, at the same path if there is one there.</summary>
    public GitTree? Of(SubmodulePlace submodule)
    {
        if (_clone is null)
        {
            return null;
        }

        var same = _places.Where(place => place.Url == submodule.Url).ToList();
        return (same.Find(place => place.Path == submodule.Path) ?? (same.Count > 0 ? same[0] : null))?.In(_clone);
    }
}
