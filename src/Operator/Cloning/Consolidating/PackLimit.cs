using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Cloning.Consolidating;

/// <summary>
/// With how many packs a clone is due: another number for each CodeRepo, so that those that are updated in step, by one push, are not due
/// in step.
/// </summary>
internal static class PackLimit
{
    /// <summary>How many packs the clone of a CodeRepo may have before it is due: from <paramref name="least"/> to twice that.</summary>
    /// <param name="uid">The CodeRepo: the same after a restart.</param>
    /// <param name="least">The setting.</param>
    public static int Of(string uid, int least) =>
        least + (int)(BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(uid))) % (uint)(least + 1));
}
