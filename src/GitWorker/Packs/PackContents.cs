using System.Buffers;
using System.IO.Compression;
using System.Runtime.InteropServices;
using CodeRepoOperator.GitWorker.Git;
using CodeRepoOperator.GitWorker.Limits;
using Microsoft.Win32.SafeHandles;

namespace CodeRepoOperator.GitWorker.Packs;

/// <summary>The objects of a pack that is being written, and which of them are deltas to which.</summary>
internal sealed unsafe class PackContents : IDisposable
{
    /// <summary>Git makes chains of up to 4,095 deltas, and fast-import of 8,191. Each file behind a longer one is long to read.</summary>
    public const int MaximumDepth = 8_191;

    // Contents that are kept until the deltas to them are resolved; what is beyond is made once more from its own bases.
    private const nuint MaximumKept = 128 << 20;

    // How many bytes deltas may make: a delta of 20 KB can copy together 2 GB, and so can each of a thousand. A zlib stream makes
    // 1,000 of a byte at most, and large files with small changes need something to start with.
    private const ulong MadeForEachByte = 1000;
    private const ulong MadeAtLeast = 10_000_000_000;

    private const int BufferSize = 64 * 1024;

    // Its storage goes back to the system rather than wait for the next large object.
    private const nuint LargeDelta = 1 << 20;

    private readonly Dictionary<long, int> _byOffset = [];
    private readonly Dictionary<ObjectId, int> _byName = new(new SeededComparer());
    private readonly Inflater _inflater = new();
    private readonly NativeBuffer _delta = new();
    private readonly Stack<(int Entry, NativeBuffer? Content)> _bases = new();
    private readonly SafeFileHandle _file;
    private readonly string _objects;
    private readonly CloneQuota _quota;
    private readonly ObjectNamer _namer;
    private nuint _kept;
    private ulong _made;
    private ulong _allowed;

    /// <param name="file">The pack.</param>
    /// <param name="objects">The repository's <c>objects</c> directory.</param>
    /// <param name="quota">Counts the bytes that completing a thin pack adds.</param>
    public PackContents(SafeFileHandle file, string objects, CloneQuota quota)
    {
        (_file, _objects, _quota) = (file, objects, quota);
        _namer = new ObjectNamer(Entries, NameOf);
    }

    /// <summary>All that came or was added, in the order of their offsets. They have their names once they are resolved.</summary>
    public List<PackEntry> Entries { get; } = [];

    /// <summary>Takes an object that came.</summary>
    /// <param name="entry">What is known of it.</param>
    /// <param name="header">Its header.</param>
    /// <param name="content">What its stream holds.</param>
    public void Add(PackEntry entry, in EntryHeader header, NativeBuffer content)
    {
        switch (header.Type)
        {
            case EntryHeader.ReferenceDelta:
                entry.Sibling = Exchange(_byName, header.Base);
                break;
            case EntryHeader.OffsetDelta when header.Back > 0 && header.Back < entry.Offset:
                entry.Sibling = Exchange(_byOffset, entry.Offset - header.Back);
                break;
            case EntryHeader.OffsetDelta:
                throw new PackDamage("a delta's base is outside the pack");
            default:
                entry.Kind = (ObjectKind)header.Type;
                break;
        }

        Entries.Add(entry);
        if (entry.Kind != default)
        {
            _namer.Add(Entries.Count - 1, content);
        }
    }

    /// <summary>Resolves all deltas, and adds those bases that are elsewhere in the repository.</summary>
    /// <param name="end">Where the objects end in the file.</param>
    /// <returns>Where they end now; null: none was added.</returns>
    /// <exception cref="PackDamage">A delta has no base, or does not fit it, or an object is there twice.</exception>
    public long? Resolve(long end)
    {
        _namer.Settle();
        var received = Entries.Count;
        _allowed = MadeAtLeast + (MadeForEachByte * (ulong)end);
        for (var i = 0; i < received; i++)
        {
            if (Entries[i].Base == PackEntry.None && Entries[i].Kind != default && IsBase(i))
            {
                Expand(i, content: null);
            }
        }

        var completed = Complete(end);
        if (_byOffset.Count > 0)
        {
            throw new PackDamage("a delta has no base");
        }

        _namer.Settle();
        RefuseTwins(received);
        return completed == end ? null : completed;
    }

    public void Dispose()
    {
        _namer.Dispose();
        _inflater.Dispose();
        _delta.Dispose();
        while (_bases.TryPop(out var left))
        {
            left.Content?.Dispose();
        }
    }

    private static int Exchange<T>(Dictionary<T, int> waiting, T key, int next)
        where T : notnull
    {
        ref var first = ref CollectionsMarshal.GetValueRefOrAddDefault(waiting, key, out var exists);
        var before = exists ? first : PackEntry.None;
        first = next;
        return before;
    }

    /// <summary>Puts the entry that comes next before all others that wait for the same base.</summary>
    private int Exchange<T>(Dictionary<T, int> waiting, T key)
        where T : notnull => Exchange(waiting, key, Entries.Count);

    private bool IsBase(int entry) => _byOffset.ContainsKey(Entries[entry].Offset) || _byName.ContainsKey(Entries[entry].Id);

    /// <summary>Resolves what is a delta to an object, what is one to those, and so on.</summary>
    private void Expand(int root, NativeBuffer? content)
    {
        _bases.Push((root, content));
        while (_bases.TryPop(out var next))
        {
            var entry = Entries[next.Entry];
            using var against = next.Content ?? Unpack(next.Entry);
            _kept -= next.Content is not null && next.Entry != root ? against.Length : 0;
            if (_byOffset.Remove(entry.Offset, out var first))
            {
                ResolveAll(first, next.Entry, against);
            }

            if (_byName.Remove(entry.Id, out first))
            {
                ResolveAll(first, next.Entry, against);
            }
        }
    }

    private void ResolveAll(int first, int against, NativeBuffer content)
    {
        var (kind, depth) = (Entries[against].Kind, Entries[against].Depth + 1);
        if (depth > MaximumDepth)
        {
            throw new PackDamage($"more than {MaximumDepth} deltas build on one another");
        }

        for (var i = first; i != PackEntry.None; i = Entries[i].Sibling)
        {
            ref var entry = ref CollectionsMarshal.AsSpan(Entries)[i];
            var made = Apply(i, content);
            (entry.Base, entry.Depth, entry.Kind) = (against, depth, kind);
            if (_byName.Count > 0)
            {
                // A delta may wait for what this one is called.
                _namer.Name(i, made);
            }
            else
            {
                _namer.Add(i, made);
            }

            if (!IsBase(i))
            {
                made.Dispose();
            }
            else if (_kept + made.Length <= MaximumKept)
            {
                _kept += made.Length;
                _bases.Push((i, made));
            }
            else
            {
                made.Dispose();
                _bases.Push((i, null));
            }
        }
    }

    private NativeBuffer Apply(int delta, NativeBuffer against)
    {
        Inflate(delta, _delta);
        var made = Delta.Apply(_delta, against);
        _made += made.Length;
        if (_made > _allowed)
        {
            throw new PackDamage("its deltas make far more of it than any history does");
        }

        if (_delta.Length > LargeDelta)
        {
            _delta.Dispose();
        }

        return made;
    }

    /// <summary>An object's content, from the whole object that it builds on.</summary>
    private NativeBuffer Unpack(int entry)
    {
        var deltas = new Stack<int>();
        for (; Entries[entry].Base != PackEntry.None; entry = Entries[entry].Base)
        {
            deltas.Push(entry);
        }

        var content = new NativeBuffer();
        Inflate(entry, content);
        while (deltas.TryPop(out var delta))
        {
            using var before = content;
            content = Apply(delta, before);
        }

        return content;
    }

    private void Inflate(int index, NativeBuffer content)
    {
        var entry = Entries[index];
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        content.Length = 0;
        _inflater.Reset();
        var at = entry.Offset + entry.HeaderLength;
        var hasEnded = false;
        while (!hasEnded)
        {
            var read = PackFile.Read(_file, buffer, at);
            hasEnded = _inflater.Inflate(buffer.AsSpan(0, read), content, entry.Size, out var used);
            at += used;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Each missing base is added once, with all that builds on it.</summary>
    private long Complete(long end)
    {
        if (_byName.Count == 0)
        {
            return end;
        }

        LibGit2.Check(LibGit2.git_odb_open(out var odb, _objects));
        try
        {
            foreach (var name in _byName.Keys.ToList())
            {
                // What was added before may have led to it.
                if (_byName.ContainsKey(name))
                {
                    end = AddFrom(odb, name, end);
                }
            }

            return end;
        }
        finally
        {
            LibGit2.git_odb_free(odb);
        }
    }

    private long AddFrom(nint odb, ObjectId name, long end)
    {
        if (LibGit2.git_odb_read(out var found, odb, &name) < 0)
        {
            throw new PackDamage("a delta has no base");
        }

        try
        {
            var (kind, length) = ((ObjectKind)LibGit2.git_odb_object_type(found), LibGit2.git_odb_object_size(found));
            var content = new NativeBuffer();
            content.Reserve(nuint.Max(length, 1));
            Buffer.MemoryCopy(LibGit2.git_odb_object_data(found), content.Data, length, length);
            content.Length = length;
            var header = EntryHeader.Of(kind, length);
            var writer = new EntryWriter(_file, end, _quota);
            writer.Write(header);
            Compress(content, writer);

            Entries.Add(
                new PackEntry
                {
                    Offset = end,
                    Size = length,
                    Id = name,
                    Crc = writer.Crc,
                    Kind = kind,
                    HeaderLength = header.Length,
                    Base = PackEntry.None,
                    Sibling = PackEntry.None,
                }
            );
            Expand(Entries.Count - 1, content);
            return writer.End;
        }
        finally
        {
            LibGit2.git_odb_object_free(found);
        }
    }

    private static void Compress(NativeBuffer content, EntryWriter writer)
    {
        if (content.Length == 0)
        {
            // ZLibStream would write nothing.
            writer.Write([0x78, 0x01, 0x03, 0, 0, 0, 0, 1]);
            return;
        }

        using var zlib = new ZLibStream(writer, CompressionLevel.Fastest, leaveOpen: true);
        for (nuint at = 0; at < content.Length; at += BufferSize)
        {
            zlib.Write(new ReadOnlySpan<byte>(content.Data + at, (int)nuint.Min(BufferSize, content.Length - at)));
        }
    }

    /// <summary>No object comes twice, but for one that was added before a delta turned out to be it.</summary>
    private void RefuseTwins(int received)
    {
        var names = new HashSet<ObjectId>(received, new SeededComparer());
        for (var i = 0; i < received; i++)
        {
            if (!names.Add(Entries[i].Id))
            {
                throw new PackDamage("an object is there twice");
            }
        }
    }

    /// <summary>By libgit2, which refuses what only collides with an object.</summary>
    private static ObjectId NameOf(ObjectKind kind, byte* content, nuint length)
    {
        var name = default(ObjectId);
        LibGit2.Check(LibGit2.git_odb_hash(&name, content, length, (int)kind));
        return name;
    }

    /// <summary>Names of bases are the remote's words, of which it could choose many with the same hash.</summary>
    private sealed class SeededComparer : IEqualityComparer<ObjectId>
    {
        public bool Equals(ObjectId one, ObjectId other) => one == other;

        public int GetHashCode(ObjectId name)
        {
            var code = default(HashCode);
            code.AddBytes(name);
            return code.ToHashCode();
        }
    }
}
