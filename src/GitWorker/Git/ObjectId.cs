using System.Runtime.CompilerServices;

namespace CodeRepoOperator.GitWorker.Git;

/// <summary>The name of an object, as its 20 bytes.</summary>
[InlineArray(Length)]
internal struct ObjectId : IEquatable<ObjectId>
{
    /// <summary>Of SHA-1.</summary>
    public const int Length = 20;

    private byte _first;

    public ObjectId(ReadOnlySpan<byte> bytes) => bytes.CopyTo(this);

    /// <summary>All zero: no object has this name, and git takes no entry of it into an index.</summary>
    public readonly bool IsNull => !((ReadOnlySpan<byte>)this).ContainsAnyExcept((byte)0);

    /// <summary>Reads 40 hexadecimal digits.</summary>
    public static ObjectId Parse(string digits) => new(Convert.FromHexString(digits));

    public static bool operator ==(ObjectId one, ObjectId other) => one.Equals(other);

    public static bool operator !=(ObjectId one, ObjectId other) => !one.Equals(other);

    public readonly bool Equals(ObjectId other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is ObjectId other && Equals(other);

    public override readonly int GetHashCode() => BitConverter.ToInt32(this);
}
