using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>
/// Which certificates in <c>ca.crt</c>, or in the administrator's file, a server is trusted by: as git has it, any one of its chain.
/// </summary>
public sealed class CertificateTrustTests
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly SystemAuthorities NoSystem = new("/nonexistent", "/nonexistent", TimeProvider.System);

    private static readonly Uri Nowhere = new("http://127.0.0.1:9/");

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    public static TheoryData<string, Func<object>, Func<object, X509Certificate2[]>, Func<object, X509Certificate2[]>, string?> Cases =>
        new()
        {
            // What it is, the chain, what the server sends along, what it is to be trusted by, words of the refusal.
            { "the root, and the middle is sent", Sound, Middle, Root, null },
            { "the root, and the middle is not sent", Sound, Nothing, Root, "is not trusted" },
            { "the middle, which is sent", Sound, Middle, Middle, null },
            { "the middle, which is not sent", Sound, Nothing, Middle, null },
            { "the middle, and all are sent", Sound, Both, Middle, null },
            { "the middle and the root", Sound, Nothing, Both, null },
            { "the server's own", Sound, Nothing, Leaf, null },
            {
                "the middle, and the server's says that it is for servers",
                () => new ChainOfThree(Nowhere, ServerAuthentication),
                Nothing,
                Middle,
                null
            },
            { "nothing of it, and the middle is sent", Sound, Middle, Stranger, "is not trusted" },
            { "nothing of it, and all are sent", Sound, Both, Stranger, "is not trusted" },
            { "another one of the middle's name", Sound, Nothing, _ => [new ChainOfThree(Nowhere).Middle], "is not trusted" },
            {
                "another one of the middle's name, and the right one is sent",
                Sound,
                Both,
                _ => [new ChainOfThree(Nowhere).Middle],
                "is not trusted"
            },
            { "another one of the server's issuer and number", Sound, Nothing, _ => [new ChainOfThree(Nowhere).Leaf], "is not trusted" },
            { "the middle, which has expired", () => new ChainOfThree(Nowhere, expired: "middle"), Nothing, Middle, "has expired" },
            {
                "the middle, which has expired and is sent",
                () => new ChainOfThree(Nowhere, expired: "middle"),
                Both,
                Middle,
                "has expired"
            },
            {
                "the middle, and the server's has expired",
                () => new ChainOfThree(Nowhere, expired: "leaf"),
                Nothing,
                Middle,
                "has expired"
            },
            { "the server's own, which has expired", () => new ChainOfThree(Nowhere, expired: "leaf"), Nothing, Leaf, "has expired" },
            {
                "the middle, which is no authority",
                () => new ChainOfThree(Nowhere, isMiddleAuthority: false),
                Nothing,
                Middle,
                "is not trusted"
            },
            {
                "the middle, and the server's is for clients",
                () => new ChainOfThree(Nowhere, ClientAuthentication),
                Nothing,
                Middle,
                "is not trusted"
            },
            {
                "the server's own, which is for clients",
                () => new ChainOfThree(Nowhere, ClientAuthentication),
                Nothing,
                Leaf,
                "is not trusted"
            },
        };

    [Theory]
    [MemberData(nameof(Cases), DisableDiscoveryEnumeration = true)]
    public async Task A_server_is_trusted_by(
        string what,
        Func<object> make,
        Func<object, X509Certificate2[]> sent,
        Func<object, X509Certificate2[]> trusted,
        string? refusal
    )
    {
        Assert.NotEmpty(what);
        using var chain = (ChainOfThree)make();
        await using var server = new TlsFront(chain.Leaf, sent(chain));
        var pem = string.Concat(trusted(chain).Select(one => one.ExportCertificatePem() + "\n"));
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, pem, Ended);

        foreach (var trust in new[] { new CertificateTrust(null, pem, NoSystem), new CertificateTrust(file, null, NoSystem) })
        {
            var failure = await JudgeAsync(trust, server.Port, "127.0.0.1");
            Assert.Equal(refusal is null, failure is null);
            Assert.Contains(refusal ?? "", failure?.Message ?? "", StringComparison.Ordinal);
        }

        File.Delete(file);
    }

    [Fact]
    public async Task No_authority_makes_up_for_a_wrong_name()
    {
        using var chain = new ChainOfThree(Nowhere);
        await using var server = new TlsFront(chain.Leaf);
        var failure = await JudgeAsync(new CertificateTrust(null, chain.Middle.ExportCertificatePem(), NoSystem), server.Port, "localhost");
        Assert.Contains("is for another name", failure?.Message, StringComparison.Ordinal);
    }

    /// <summary>Of the system's, only roots end a chain, as with .NET.</summary>
    [Theory]
    [InlineData("root", true, true)]
    [InlineData("root", false, false)]
    [InlineData("middle", true, false)]
    [InlineData("middle and root", false, true)]
    public async Task The_systems_authorities_are_trusted_beside_others(string known, bool isMiddleSent, bool isTrusted)
    {
        using var chain = new ChainOfThree(Nowhere);
        await using var server = new TlsFront(chain.Leaf, isMiddleSent ? [chain.Middle] : []);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            file,
            (known.Contains("middle", StringComparison.Ordinal) ? chain.Middle.ExportCertificatePem() + "\n" : "")
                + (known.Contains("root", StringComparison.Ordinal) ? chain.Root.ExportCertificatePem() : ""),
            Ended
        );
        var system = new SystemAuthorities(file, "/nonexistent", TimeProvider.System);
        foreach (var others in new[] { null, Stranger(chain)[0].ExportCertificatePem() })
        {
            var failure = await JudgeAsync(new CertificateTrust(null, others, system), server.Port, "127.0.0.1");
            Assert.Equal(isTrusted, failure is null);
            Assert.Contains(
                isTrusted ? ""
                    : others is null ? "have the administrator"
                    : "by ca.crt",
                failure?.Message ?? "",
                StringComparison.Ordinal
            );
        }

        File.Delete(file);
    }

    private static async Task<CloneFailure?> JudgeAsync(CertificateTrust trust, int port, string name)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(IPAddress.Loopback, port, Ended);
        await using var tls = new SslStream(tcp.GetStream());
        CloneFailure? failure = null;
        var judged = false;
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    CertificateChainPolicy = CertificateTrust.TrustingNothing(),
                    RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                    {
                        judged = true;
                        failure = trust.Judge(name, certificate, chain, errors);
                        return failure is null;
                    },
                },
                Ended
            );
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            // It is not trusted, or the server has left already.
        }

        Assert.True(judged);
        return failure;
    }

    private static object Sound() => new ChainOfThree(Nowhere);

    private static X509Certificate2[] Nothing(object chain) => [];

    private static X509Certificate2[] Leaf(object chain) => [((ChainOfThree)chain).Leaf];

    private static X509Certificate2[] Middle(object chain) => [((ChainOfThree)chain).Middle];

    private static X509Certificate2[] Root(object chain) => [((ChainOfThree)chain).Root];

    private static X509Certificate2[] Both(object chain) => [((ChainOfThree)chain).Middle, ((ChainOfThree)chain).Root];

    private static X509Certificate2[] Stranger(object chain) => [new ChainOfThree(Nowhere).Root];
}
