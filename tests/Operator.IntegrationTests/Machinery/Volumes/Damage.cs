namespace CodeRepoOperator.Machinery.Volumes;

/// <summary>What disks and people do to files.</summary>
internal static class Damage
{
    /// <summary>Flips one bit.</summary>
    /// <param name="file">The file.</param>
    /// <param name="position">Of the byte; negative: from the end.</param>
    public static void Flip(string file, int position)
    {
        using var stream = Open(file);
        stream.Seek(position, position < 0 ? SeekOrigin.End : SeekOrigin.Begin);
        var value = stream.ReadByte();
        Assert.True(value >= 0, $"{file} is too short.");
        stream.Seek(-1, SeekOrigin.Current);
        stream.WriteByte((byte)(value ^ 0x10));
    }

    /// <summary>Cuts a file to a length.</summary>
    public static void Cut(string file, long length)
    {
        using var stream = Open(file);
        Assert.True(stream.Length > length, $"{file} is too short.");
        stream.SetLength(length);
    }

    /// <summary>Packs are read-only, and a user who is not root would be refused.</summary>
    private static FileStream Open(string file)
    {
        if (OperatingSystem.IsLinux())
        {
            File.SetUnixFileMode(file, File.GetUnixFileMode(file) | UnixFileMode.UserWrite);
        }

        return new FileStream(file, FileMode.Open, FileAccess.ReadWrite);
    }
}
