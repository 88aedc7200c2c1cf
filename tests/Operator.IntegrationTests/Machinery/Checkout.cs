namespace CodeRepoOperator.Machinery;

/// <summary>The checkout that these tests were built from.</summary>
internal static class Checkout
{
    /// <summary>Path of a file or directory, given relative to the root of the checkout.</summary>
    public static string PathOf(string relative)
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Operator.sln")))
        {
            directory = Path.GetDirectoryName(directory)
                ?? throw new InvalidOperationException($"no Operator.sln above {AppContext.BaseDirectory}");
        }

        return Path.Combine(directory, relative);
    }
}
