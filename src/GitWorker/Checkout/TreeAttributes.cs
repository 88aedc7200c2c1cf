namespace CodeRepoOperator.GitWorker.Checkout;

/// <summary>What the <c>.gitattributes</c> files of a commit may ask for, as far as a checkout has to know.</summary>
/// <param name="ConvertLineEnds">Some files may get CR LF.</param>
/// <param name="UseLfs">Some files may be pointers of Git LFS.</param>
internal sealed record TreeAttributes(bool ConvertLineEnds, bool UseLfs)
{
    /// <summary>Whether a file holds attributes. Git follows no symbolic link of this name either.</summary>
    public static bool AreIn(TreeFile file) => AreIn(file.Mode, file.Path);

    /// <inheritdoc cref="AreIn(TreeFile)"/>
    public static bool AreIn(uint mode, ReadOnlySpan<byte> path) =>
        mode is TreeFile.Regular or TreeFile.Executable && path[(path.LastIndexOf((byte)'/') + 1)..].SequenceEqual(".gitattributes"u8);

    /// <summary>Looks for the few words that matter; who uses them in a comment only loses some time.</summary>
    public static TreeAttributes Read(ObjectReader reader, IEnumerable<TreeFile> files)
    {
        var (convert, lfs) = (false, false);
        foreach (var file in files.Where(AreIn))
        {
            using var blob = reader.Read(file.Id, ObjectKind.Blob);

            // eol=crlf, and the older attribute crlf.
            convert |= blob.Data.IndexOf("crlf"u8) >= 0;
            lfs |= blob.Data.IndexOf("filter=lfs"u8) >= 0;
        }

        return new TreeAttributes(convert, lfs);
    }
}
