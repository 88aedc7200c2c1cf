using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using CodeRepoOperator.Entities;
using k8s.Models;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>What a spec asks for by <c>lfs</c>.</summary>
/// <param name="Required">Whether a file that can't be fetched fails the clone.</param>
/// <param name="MaxBytes">What the files may have together; 0 is nothing that a spec can ask for.</param>
internal sealed partial record DesiredLfs(bool Required, long MaxBytes)
{
    /// <summary>Whether the CRD would have it.</summary>
    [JsonIgnore]
    public bool IsPossible => MaxBytes > 0;

    /// <summary>What a spec asks for; null: no files.</summary>
    public static DesiredLfs? Of(CodeRepoSpec spec) =>
        spec.Lfs is { } asked ? new DesiredLfs(asked.Required, BytesOf(asked.MaxBytes)) : null;

    /// <summary>As the CRD has it: no sign, no exponent, and nothing below one byte.</summary>
    [GeneratedRegex(
        @"\A[1-9][0-9]{0,14}(\.[0-9]{1,3})?(k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?\z",
        RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking
    )]
    private static partial Regex Quantity { get; }

    private static long BytesOf(string quantity)
    {
        if (!Quantity.IsMatch(quantity))
        {
            return 0;
        }

        try
        {
            return decimal.ToInt64(Math.Min(new ResourceQuantity(quantity).ToDecimal(), long.MaxValue));
        }
        catch (OverflowException)
        {
            return long.MaxValue;
        }
    }
}
