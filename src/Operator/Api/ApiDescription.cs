using System.Buffers;

namespace CodeRepoOperator.Api;

/// <summary>
/// <c>GET /openapi/v1.json</c>: what the API is, for programs. Written by hand, and held to what is mapped by a test: making it out of the
/// code takes time at start and memory for ever.
/// </summary>
internal static class ApiDescription
{
    public const string Path = "/openapi/v1.json";

    private const string Resource = "openapi/v1.json";

    private static readonly Lazy<byte[]> Text = new(Read);

    public static Task RespondAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = Text.Value.Length;
        context.Response.BodyWriter.Write(Text.Value);
        return Task.CompletedTask;
    }

    private static byte[] Read()
    {
        using var resource = typeof(ApiDescription).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The program has no resource {Resource}.");
        using var text = new MemoryStream();
        resource.CopyTo(text);
        return text.ToArray();
    }
}
