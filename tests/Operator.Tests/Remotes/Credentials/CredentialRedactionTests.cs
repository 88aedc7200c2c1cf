using System.Text;
using System.Text.Json;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Credentials;

public sealed class CredentialRedactionTests
{
    private const string Password = "s3crét+/ \"%token";

    private static readonly GitCredentials Credentials = new() { Http = new HttpLogin("robot", Password) };

    public static TheoryData<string, string> Forms =>
        new()
        {
            { "as it is", Password },
            { "in a URL", Uri.EscapeDataString(Password) },
            { "in JSON", JsonSerializer.Serialize(Password) },
            { "in a header", new HttpLogin("robot", Password).Header.ToString() },
            { "in base64", Convert.ToBase64String(Encoding.UTF8.GetBytes(Password)) },
            { "twice", $"{Password}{Password}" },
            { "cut", $"{Password[..8]}…" },
            { "cut, and more after it", $"{Password[..8]}… and {Password[..5]}…" },
        };

    [Theory]
    [MemberData(nameof(Forms), DisableDiscoveryEnumeration = true)]
    public void No_form_of_a_credential_is_left(string what, string text)
    {
        var shown = new CredentialRedaction(Credentials)
            .Of(new CloneFailure(Reasons.TransferFailed, $"The remote says: {text}") { Quoted = text })
            .Message;

        Assert.True(shown.Contains("***", StringComparison.Ordinal), what);
        Assert.All(["s3cr", "czNjc", "cm9ib3Q6"], piece => Assert.DoesNotContain(piece, shown, StringComparison.Ordinal));
        Assert.StartsWith("The remote says: ", shown, StringComparison.Ordinal);
    }

    /// <summary>A gap there would tell the password.</summary>
    [Fact]
    public void Our_own_words_stay_whatever_the_password_is()
    {
        var failure = new CloneFailure(
            Reasons.AuthenticationFailed,
            "The remote does not accept the password: wrong, or expired (\"wrong\")."
        )
        {
            Quoted = "\"wrong\"",
        };

        var shown = new CredentialRedaction(new GitCredentials { Http = new HttpLogin("robot", "wrong") }).Of(failure);

        Assert.Equal("The remote does not accept the password: wrong, or expired (\"***\").", shown.Message);
        Assert.Equal("\"***\"", shown.Quoted);
        Assert.Equal(
            failure with
            {
                Quoted = null,
            },
            new CredentialRedaction(new GitCredentials { Http = new HttpLogin("robot", "wrong") }).Of(failure with { Quoted = null })
        );
    }

    [Theory]
    [InlineData("The remote says… nothing.")]
    [InlineData("…")]
    [InlineData("robot … s3c…")]
    public void Text_without_them_stays(string text)
    {
        Assert.Equal(text, new CredentialRedaction(Credentials).Of(text));
        Assert.Equal(text, new CredentialRedaction(credentials: null).Of(text));
    }
}
