using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Api.Serving;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.OpenApi;

namespace CodeRepoOperator.Api;

/// <summary>The description of the API is one of OpenAPI, and of this API.</summary>
public sealed class ApiDescriptionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_a_document_of_OpenAPI()
    {
        var read = OpenApiDocument.Parse(await TextAsync(), "json");

        Assert.Empty(read.Diagnostic!.Errors);
        Assert.Empty(read.Diagnostic.Warnings);
        Assert.NotEmpty(read.Document!.Paths);
    }

    [Fact]
    public async Task It_has_the_paths_and_methods_that_are_mapped_and_no_others()
    {
        var described = OpenApiDocument
            .Parse(await TextAsync(), "json")
            .Document!.Paths.SelectMany(path => path.Value.Operations!.Keys.Select(method => $"{method.Method} {path.Key}"));

        Assert.Equal(Mapped().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("Clone", typeof(EnsureResponse))]
    [InlineData("Cloning", typeof(CloningResponse))]
    [InlineData("PublishedTree", typeof(PublishedTree))]
    [InlineData("Problem", typeof(ProblemResponse))]
    public async Task Its_responses_have_the_fields_that_are_written(string schema, Type body)
    {
        var described = OpenApiDocument.Parse(await TextAsync(), "json").Document!.Components!.Schemas![schema];
        var written = body.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name));

        Assert.Equal(written.Order(StringComparer.Ordinal), described.Properties!.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Its_patterns_take_the_names_that_the_API_takes()
    {
        var parameters = OpenApiDocument.Parse(await TextAsync(), "json").Document!.Components!.Parameters!;
        foreach (var (ofNamespace, name, passes) in RepoRouteTests.Names.Select(row => row.Data))
        {
            Assert.Equal(passes, Takes(parameters["namespace"], ofNamespace) && Takes(parameters["name"], name));
        }
    }

    private static bool Takes(IOpenApiParameter parameter, string text) =>
        text.Length <= parameter.Schema!.MaxLength
        && !text.Contains('\n', StringComparison.Ordinal)
        && Regex.IsMatch(text, parameter.Schema.Pattern!, RegexOptions.ECMAScript, TimeSpan.FromSeconds(1));

    private static async Task<string> TextAsync()
    {
        using var body = new MemoryStream();
        var context = new DefaultHttpContext();
        context.Response.Body = body;
        await ApiDescription.RespondAsync(context);
        await context.Response.BodyWriter.FlushAsync(Token);
        return Encoding.UTF8.GetString(body.ToArray());
    }

    private static IEnumerable<string> Mapped()
    {
        var routes = new Routes();
        routes.MapEnsureApi(routes);
        return routes
            .DataSources.SelectMany(source => source.Endpoints.OfType<RouteEndpoint>())
            .SelectMany(endpoint =>
                endpoint
                    .Metadata.GetRequiredMetadata<IHttpMethodMetadata>()
                    .HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText}")
            );
    }

    /// <summary>Takes what is mapped, and runs none of it: the parts that would respond are there, and empty.</summary>
    private sealed class Routes : IEndpointRouteBuilder, IServiceProvider
    {
        public IServiceProvider ServiceProvider => this;

        public ICollection<EndpointDataSource> DataSources { get; } = [];

        public object? GetService(Type serviceType) =>
            serviceType.Assembly == typeof(ApiDescription).Assembly ? RuntimeHelpers.GetUninitializedObject(serviceType) : null;

        public IApplicationBuilder CreateApplicationBuilder() => throw new NotSupportedException("No endpoint has a pipeline of its own.");
    }
}
