using System.Text.Json.Serialization;
using CodeRepoOperator.Entities;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a spec asks for by <c>lfs</c>.</summary>
/// <param name="Required">Whether a file that can't be fetched fails the clone.</param>
/// <param name="MaxBytes">What the files may have together; 0 is nothing that a spec can ask for.</param>
internal sealed record DesiredLfs(bool Required, long MaxBytes)
{
    /// <summary>Whether the CRD would have it.</summary>
    [JsonIgnore]
    public bool IsPossible => MaxBytes > 0;

    /// <summary>What a spec asks for; null: no files.</summary>
    public static DesiredLfs? Of(CodeRepoSpec spec) =>
        spec.Lfs is { } asked ? new DesiredLfs(asked.Required, BytesOf(asked.MaxBytes)) : null;

    private static long BytesOf(string quantity)
    {
        try
        {
            return decimal.ToInt64(Math.Clamp(new ResourceQuantity(quantity).ToDecimal(), 0, long.MaxValue));
        }
        catch (OverflowException)
        {
            return long.MaxValue;
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            // No quantity.
            return 0;
        }
    }
}
