using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace GitServer;

/// <summary>Runs <c>git http-backend</c> for a request, as CGI (RFC 3875) has it.</summary>
/// <param name="root">The directory with the bare repositories.</param>
internal sealed class GitBackend(string root)
{
    public async Task ServeAsync(
        HttpContext context,
        bool oldProtocol,
        Func<ReadOnlyMemory<byte>, CancellationToken, Task> write,
        CancellationToken cancellationToken
    )
    {
        using var process = Start(context.Request, oldProtocol);
        try
        {
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            var sent = SendAsync(context.Request.Body, process, cancellationToken);
            var output = process.StandardOutput.BaseStream;
            var rest = await ResponseHeadAsync(context.Response, output, cancellationToken);
            await write(rest, cancellationToken);
            var buffer = new byte[64 * 1024];
            for (
                var read = await output.ReadAsync(buffer, cancellationToken);
                read > 0;
                read = await output.ReadAsync(buffer, cancellationToken)
            )
            {
                await write(buffer.AsMemory(0, read), cancellationToken);
            }

            await sent;
            await errors;
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }

            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private Process Start(HttpRequest request, bool oldProtocol)
    {
        var start = new ProcessStartInfo("git", ["http-backend"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        var variables = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["GATEWAY_INTERFACE"] = "CGI/1.1",
            ["GIT_PROJECT_ROOT"] = root,
            ["GIT_HTTP_EXPORT_ALL"] = "1",
            ["PATH_INFO"] = request.Path.Value,
            ["QUERY_STRING"] = request.QueryString.Value?.TrimStart('?'),
            ["REQUEST_METHOD"] = request.Method,
            ["CONTENT_TYPE"] = request.ContentType,
            ["CONTENT_LENGTH"] = request.ContentLength?.ToString(CultureInfo.InvariantCulture),
            ["HTTP_CONTENT_ENCODING"] = request.Headers.ContentEncoding,
            ["GIT_PROTOCOL"] = oldProtocol ? null : request.Headers["Git-Protocol"].ToString(),
            ["REMOTE_ADDR"] = "127.0.0.1",
            ["GIT_CONFIG_COUNT"] = "2",
            ["GIT_CONFIG_KEY_0"] = "safe.directory",
            ["GIT_CONFIG_VALUE_0"] = "*",
            ["GIT_CONFIG_KEY_1"] = "http.receivepack",
            ["GIT_CONFIG_VALUE_1"] = "false",
        };
        foreach (var (name, value) in variables)
        {
            if (string.IsNullOrEmpty(value))
            {
                start.Environment.Remove(name);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        return Process.Start(start) ?? throw new InvalidOperationException("git http-backend did not start.");
    }

    private static async Task SendAsync(Stream body, Process process, CancellationToken cancellationToken)
    {
        try
        {
            await body.CopyToAsync(process.StandardInput.BaseStream, cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It responded without reading on.
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ResponseHeadAsync(
        HttpResponse response,
        Stream output,
        CancellationToken cancellationToken
    )
    {
        var buffer = new byte[64 * 1024];
        var length = 0;
        int end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = await output.ReadAsync(buffer.AsMemory(length), cancellationToken);
            if (read == 0)
            {
                throw new InvalidDataException("git http-backend responded without a head.");
            }

            length += read;
        }

        foreach (var line in Encoding.UTF8.GetString(buffer, 0, end).Split("\r\n"))
        {
            var pair = line.Split(": ", 2);
            if (pair[0].Equals("Status", StringComparison.OrdinalIgnoreCase))
            {
                response.StatusCode = int.Parse(pair[1].AsSpan(0, 3), CultureInfo.InvariantCulture);
            }
            else
            {
                response.Headers[pair[0]] = pair[1];
            }
        }

        return buffer.AsMemory(end + 4, length - end - 4);
    }
}
