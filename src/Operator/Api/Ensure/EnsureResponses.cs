using System.Runtime.CompilerServices;
using System.Text.Json;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Cloning.Clones;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Ensure;

/// <summary>The bodies of responses that say where a clone is.</summary>
internal sealed class EnsureResponses(IOptions<StoreOptions> store)
{
    /// <summary>Of clones that are there, as long as they are known: all callers of one get the same.</summary>
    private readonly ConditionalWeakTable<PublishedClone, byte[]> _warm = [];

    /// <summary>The body for a clone that was there.</summary>
    public byte[] OfWarm(PublishedClone clone) => _warm.GetValue(clone, clone => Of(clone, recloned: false));

    /// <summary>The body for a clone.</summary>
    /// <param name="clone">The clone.</param>
    /// <param name="recloned">Whether it had been lost and was made again for this call.</param>
    public byte[] Of(PublishedClone clone, bool recloned)
    {
        var response = new EnsureResponse(PublishedTree.Of(clone, store.Value)) { Recloned = recloned };
        return JsonSerializer.SerializeToUtf8Bytes(response, ApiJson.Default.EnsureResponse);
    }
}
