using System.Security.Authentication;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Remotes.Http;

public sealed class ConnectionFailureTests
{
    /// <summary>What <c>openssl s_server -Verify 1</c> makes of a client without a certificate, or with an unknown one.</summary>
    [Theory]
    [InlineData("error:0A00045C:SSL routines::tlsv13 alert certificate required", Reasons.AuthenticationFailed)]
    [InlineData("error:0A000418:SSL routines::tlsv1 alert unknown ca", Reasons.AuthenticationFailed)]
    [InlineData("error:0A000412:SSL routines::sslv3 alert bad certificate", Reasons.AuthenticationFailed)]
    [InlineData("error:0A000412:SSL routines::ssl/tls alert bad certificate", Reasons.AuthenticationFailed)]
    [InlineData("error:0A00010B:SSL routines::wrong version number", Reasons.Unreachable)]
    public void A_server_that_refuses_the_client_s_certificate_is_no_network_that_is_down(string alert, string reason)
    {
        var inner = new InvalidOperationException("SSL Handshake failed with OpenSSL error - SSL_ERROR_SSL.", new IOException(alert));

        // By TLS 1.2 in the handshake, by 1.3 when the response is read.
        foreach (var error in (Exception[])[new AuthenticationException("failed", inner), new IOException("decryption failed", inner)])
        {
            Assert.Equal(reason, ConnectionFailure.Of(new HttpRequestException("failed", error), "git.example.com").Reason);
        }
    }
}
