namespace CodeRepoOperator.Machinery;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Path of a file or folder, given relative to the root of the checkout.</summary>
    public static string PathOf(string relative)
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Operator.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new InvalidOperationException($"no Operator.sln above {AppContext.BaseDirectory}");
        }

        return Path.Combine(folder, relative);
    }
}
