namespace CodeRepoOperator.Api.Serving;

/// <summary>The API can't listen at its address.</summary>
internal sealed class ApiAddressException(string url, Exception error) : IOException(error.Message, error)
{
    public string Url { get; } = url;
}
