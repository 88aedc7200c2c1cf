using CodeRepoOperator.Cloning.Clones;
using CodeRepoOperator.Runtime.Client;

namespace CodeRepoOperator.Cloning.Healing;

/// <summary>What lies where the clone of a CodeRepo would.</summary>
/// <param name="Key">The CodeRepo of that name, which need not exist.</param>
/// <param name="Marker">What it is a clone of; null: nothing says so, and it may be anybody's.</param>
internal sealed record PlacedClone(NamespacedName Key, CloneMarker? Marker);
