namespace CodeRepoOperator.Remotes;

/// <summary>Text that does not compress, the same each time.</summary>
internal static class TestNoise
{
    public static string Of(int length)
    {
#pragma warning disable CA5394 // No secret.
        var random = new Random(7);
        return string.Create(length, random, (text, source) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                text[i] = i % 100 == 99 ? '\n' : (char)source.Next(33, 126);
            }
        });
#pragma warning restore CA5394
    }
}
