using System.Text.RegularExpressions;

namespace CodeRepoOperator.Docs;

/// <summary>The Dockerfile, which nothing here builds, makes the image that hack/image.sh makes.</summary>
public sealed partial class DockerfileTests
{
    private static readonly string Dockerfile = File.ReadAllText(Checkout.PathOf("Dockerfile"));
    private static readonly string Script = File.ReadAllText(Checkout.PathOf("hack/image.sh"));

    [Fact]
    public void Both_publish_by_the_same_script()
    {
        Assert.Contains("bash hack/publish.sh ", Dockerfile, StringComparison.Ordinal);
        Assert.Contains("bash hack/publish.sh ", Script, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("^USER (.*)$", "^{\"User\":\"(.*)\",$")]
    [InlineData("^WORKDIR (/)$", "^\"WorkingDir\":\"(.*)\",$")]
    [InlineData("^ENTRYPOINT \\[(.*)\\]$", "^\"Entrypoint\":\\[(.*)\\],$")]
    public void Both_set_the_same(string inDockerfile, string inScript) =>
        Assert.Equal(Found(inScript, Script), Found(inDockerfile, Dockerfile));

    [Fact]
    public void Both_expose_the_same_ports() =>
        Assert.Equal(
            Found("^\"ExposedPorts\":{\"(.*)/tcp\":{}},$", Script).Split("/tcp\":{},\""),
            Found("^EXPOSE (.*)$", Dockerfile).Split(' ')
        );

    [Fact]
    public void Both_set_the_same_variables() =>
        Assert.Equal(Found("^\"Env\":\\[\"(.*)\"\\],$", Script).Split("\",\""), Found("^ENV (.*)$", Dockerfile).Split(' '));

    [Fact]
    public void Both_have_the_same_labels()
    {
        // The time of the build is none of a Dockerfile's business.
        var inScript = Label().Matches(Script).Select(label => label.Value).Where(label => label != "org.opencontainers.image.created");

        Assert.Equal(inScript.Order(), Label().Matches(Dockerfile).Select(label => label.Value).Order());
        Assert.NotEmpty(inScript);
    }

    private static string Found(string pattern, string text) =>
        Regex.Match(text, pattern, RegexOptions.Multiline | RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1))
            is { Success: true } match
            ? match.Groups[1].Value
            : throw new InvalidOperationException($"Nothing matches {pattern}.");

    [GeneratedRegex(@"org\.opencontainers\.image\.\w+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Label();
}
