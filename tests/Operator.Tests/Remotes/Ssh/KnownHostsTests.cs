using System.Security.Cryptography;
using System.Text;
using CodeRepoOperator.Entities;
using static CodeRepoOperator.Remotes.Ssh.TestHostKey;

namespace CodeRepoOperator.Remotes.Ssh;

public sealed class KnownHostsTests
{
    private const string Host = "git.example.com";

    private static readonly string Key = Fields("known");

    public static TheoryData<string, string, string, int, string?> Cases =>
        new()
        {
            // What it is, the file, the host, the port, words of the refusal.
            { "plain", $"git.example.com {Key}", Host, 22, null },
            { "a comment behind it", $"git.example.com {Key} root@git", Host, 22, null },
            { "tabs and a carriage return", $"git.example.com\t{Key}\r", Host, 22, null },
            { "the case of the name does not matter", $"GIT.Example.com {Key}", Host, 22, null },
            { "a list", $"other.example.com,git.example.com,10.0.0.1 {Key}", Host, 22, null },
            { "a literal address", $"git.example.com,10.0.0.1 {Key}", "10.0.0.1", 22, null },
            { "an IPv6 address", $"2001:db8::1 {Key}", "2001:db8::1", 22, null },
            { "an IPv6 address with a port", $"[2001:db8::1]:2222 {Key}", "2001:db8::1", 2222, null },
            { "a wildcard", $"*.example.com {Key}", Host, 22, null },
            { "a question mark", $"gi?.example.com {Key}", Host, 22, null },
            { "a wildcard over dots", $"* {Key}", Host, 22, null },
            { "a wildcard for more than it", $"*.example.org {Key}", Host, 22, "does not have" },
            { "negated", $"*.example.com,!git.example.com {Key}", Host, 22, "does not have" },
            { "negated first", $"!git.example.com,*.example.com {Key}", Host, 22, "does not have" },
            { "negated alone", $"!other.example.com {Key}", Host, 22, "does not have" },
            { "another negated", $"*.example.com,!other.example.com {Key}", Host, 22, null },
            { "a port", $"[git.example.com]:2222 {Key}", Host, 2222, null },
            { "a port that is another", $"[git.example.com]:2222 {Key}", Host, 2223, "does not have" },
            { "a port that is not named", $"git.example.com {Key}", Host, 2222, null },
            { "a port that is not named, hashed", $"{Hashed("git.example.com")} {Key}", Host, 2222, null },
            { "a port that is not named, by a wildcard", $"*.example.com {Key}", Host, 2222, null },
            { "a port that is not named, an IPv6 address", $"2001:db8::1 {Key}", "2001:db8::1", 2222, null },
            { "a port that is not named, and negated", $"*.example.com,!git.example.com {Key}", Host, 2222, "does not have" },
            { "a port that is not named, with another key", $"git.example.com {Fields("other")}", Host, 2222, "another host key" },
            {
                "a port that is named with another key",
                $"[git.example.com]:2222 {Fields("other")}\ngit.example.com {Key}",
                Host,
                2222,
                "another host key"
            },
            {
                "a port that is named with another kind",
                $"[git.example.com]:2222 {Fields("known", "ssh-rsa")}\ngit.example.com {Key}",
                Host,
                2222,
                "another host key"
            },
            { "another port that is named", $"[git.example.com]:2223 {Fields("other")}\ngit.example.com {Key}", Host, 2222, null },
            { "revoked with the port", $"@revoked [git.example.com]:2222 {Key}\ngit.example.com {Key}", Host, 2222, "revoked" },
            { "revoked without the port", $"@revoked git.example.com {Key}\ngit.example.com {Key}", Host, 2222, "revoked" },
            { "revoked alone, without the port", $"@revoked git.example.com {Key}", Host, 2222, "revoked" },
            {
                "another one revoked with the port",
                $"@revoked [git.example.com]:2222 {Fields("other")}\ngit.example.com {Key}",
                Host,
                2222,
                null
            },
            {
                "the only one with the port revoked",
                $"@revoked * {Fields("other")}\n[git.example.com]:2222 {Fields("other")}\ngit.example.com {Key}",
                Host,
                2222,
                "does not have"
            },
            {
                "an authority with the port",
                $"@cert-authority [git.example.com]:2222 {Fields("other")}\ngit.example.com {Key}",
                Host,
                2222,
                null
            },
            { "an authority without the port", $"@cert-authority git.example.com {Key}", Host, 2222, "@cert-authority is not supported" },
            { "a port that need not be named", $"[git.example.com]:22 {Key}", Host, 22, "does not have" },
            { "hashed", $"{Hashed("git.example.com")} {Key}", Host, 22, null },
            { "hashed with a port", $"{Hashed("[git.example.com]:2222")} {Key}", Host, 2222, null },
            { "hashed, another", $"{Hashed("other.example.com")} {Key}", Host, 22, "does not have" },
            { "hashed, cut", $"{Hashed("git.example.com")[..^4]} {Key}", Host, 22, "does not have" },
            { "hashed, no base64", $"|1|?|? {Key}", Host, 22, "does not have" },
            {
                "hashed in a way that is not known",
                $"{Hashed("git.example.com").Replace("|1|", "|2|", StringComparison.Ordinal)} {Key}",
                Host,
                22,
                "does not have"
            },
            { "revoked", $"@revoked git.example.com {Key}", Host, 22, "revoked" },
            { "revoked for all", $"git.example.com {Key}\n@revoked * {Key}", Host, 22, "revoked" },
            { "revoked for another", $"git.example.com {Key}\n@revoked other.example.com {Key}", Host, 22, null },
            { "another one revoked", $"git.example.com {Key}\n@revoked * {Fields("other")}", Host, 22, null },
            { "an authority", $"@cert-authority *.example.com {Key}", Host, 22, "@cert-authority is not supported" },
            { "an authority beside it", $"@cert-authority *.example.com {Fields("authority")}\ngit.example.com {Key}", Host, 22, null },
            { "a mark that is not known", $"@other git.example.com {Key}", Host, 22, "does not have" },
            { "another key", $"git.example.com {Fields("other")}", Host, 22, "another host key" },
            { "another kind", $"git.example.com {Fields("known", "ssh-rsa")}", Host, 22, "another host key" },
            {
                "several",
                $"git.example.com {Fields("other")}\ngit.example.com {Fields("rsa", "ssh-rsa")}\ngit.example.com {Key}",
                Host,
                22,
                null
            },
            { "a comment", $"# git.example.com {Key}", Host, 22, "does not have" },
            {
                "nonsense before it",
                $"nonsense\n\n  \ngit.example.com\ngit.example.com ssh-ed25519\ngit.example.com {Key}",
                Host,
                22,
                null
            },
            { "a kind that is not the key's", $"git.example.com ssh-rsa {Key.Split(' ')[1]}", Host, 22, "does not have" },
            { "no base64", "git.example.com ssh-ed25519 AAAA????", Host, 22, "does not have" },
            { "too short for a key", "git.example.com ssh-ed25519 AAAA", Host, 22, "does not have" },
            { "empty", "", Host, 22, "does not have" },
        };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_key_is_accepted_by_its_line_and_nothing_else(string what, string text, string host, int port, string? refusal)
    {
        Assert.NotEmpty(what);
        var failure = KnownHosts.Parse(text).Of(host, port).Judge(Bytes("known"));

        Assert.Equal(refusal is null ? null : Reasons.HostKeyMismatch, failure?.Reason);
        Assert.Contains(refusal ?? "", failure?.Message ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(22, "git.example.com", "'ssh-keyscan git.example.com'")]
    [InlineData(2222, "[git.example.com]:2222", "'ssh-keyscan -p 2222 git.example.com'")]
    public void A_refusal_says_which_key_was_shown_and_how_to_come_by_the_line(int port, string name, string command)
    {
        var message = KnownHosts.Parse("").Of(Host, port).Judge(Bytes("known"))!.Message;

        Assert.Contains(name, message, StringComparison.Ordinal);
        Assert.Contains(command, message, StringComparison.Ordinal);
        Assert.Contains(
            "ssh-ed25519 SHA256:" + Convert.ToBase64String(SHA256.HashData(Bytes("known"))).TrimEnd('='),
            message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void A_key_that_is_none_is_refused() =>
        Assert.Equal(Reasons.HostKeyMismatch, KnownHosts.Parse($"* {Key}").Of(Host, 22).Judge([0, 0, 0, 9, 1])?.Reason);

#pragma warning disable CA5350 // The format has no other.
    private static string Hashed(string name)
    {
        var salt = SHA256.HashData("salt"u8)[..HMACSHA1.HashSizeInBytes];
        return $"|1|{Convert.ToBase64String(salt)}|{Convert.ToBase64String(HMACSHA1.HashData(salt, Encoding.ASCII.GetBytes(name)))}";
    }
#pragma warning restore CA5350
}
