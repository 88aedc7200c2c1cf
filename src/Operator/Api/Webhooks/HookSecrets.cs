using CodeRepoOperator.Runtime.Monitoring;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>The secrets of providers, as their files have them right now.</summary>
internal sealed class HookSecrets(IOptions<HookOptions> options, ILogger<HookSecrets> log)
{
    /// <summary>More is no secret that somebody typed into a form.</summary>
    private const int LongestSecret = 4096;

    private readonly LoggedFailures<string> _logged = new();

    /// <summary>Whether there is to be any for a provider.</summary>
    public bool AreSetFor(HookProvider provider) => options.Value.Secrets.Any(secret => secret.Provider == provider);

    /// <summary>Reads those of a provider. One that can't be read is reported once; an empty one is none, for anybody knows it.</summary>
    public IReadOnlyList<byte[]> Read(HookProvider provider) =>
        [.. options.Value.Secrets.Where(secret => secret.Provider == provider).Select(secret => Read(secret.File)).OfType<byte[]>()];

    private byte[]? Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            var bytes = new byte[LongestSecret + 1];
            var length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            var secret = bytes.AsSpan(0, length).TrimEnd(" \t\r\n"u8);
            var problem =
                length > LongestSecret ? "it is too long"
                : secret.IsEmpty ? "it is empty"
                : null;
            Report(file, problem);
            return problem is null ? secret.ToArray() : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            Report(file, error.Message);
            return null;
        }
    }

    private void Report(string file, string? problem)
    {
        if (problem is null)
        {
            _logged.IsOver(file);
        }
        else if (_logged.IsNew(file, problem))
        {
            log.SecretUnreadable(file, problem);
        }
    }
}
