using k8s.Autorest;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>Reads of objects that need not exist.</summary>
internal static class ObjectReads
{
    /// <summary>Has a read return null where the API server has no such object (404), instead of failing.</summary>
    /// <param name="read">The read.</param>
    /// <exception cref="HttpOperationException">The API server refused the read for another reason.</exception>
    public static async Task<T?> OrNullAsync<T>(this Task<T> read)
        where T : class
    {
        try
        {
            return await read;
        }
        catch (HttpOperationException error) when (error.IsNotFound())
        {
            return null;
        }
    }
}
