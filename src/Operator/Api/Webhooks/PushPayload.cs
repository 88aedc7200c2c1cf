using System.Text.Json;
using System.Text.Unicode;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>Reads what a provider sends about a push.</summary>
internal static class PushPayload
{
    /// <param name="provider">Whose it is.</param>
    /// <param name="body">The payload, of somebody who knows the secret.</param>
    /// <returns>What was pushed; null: it is none of a branch or tag, or of another kind.</returns>
    /// <exception cref="JsonException">
    /// It is no JSON, or has text that is none: bytes that are not UTF-8, or half of a surrogate pair.
    /// </exception>
    public static PushDelivery? Read(HookProvider provider, ReadOnlyMemory<byte> body)
    {
        CheckText(body.Span);
        using var payload = JsonDocument.Parse(body);
        return provider switch
        {
            HookProvider.AzureDevOps => AzureDevOpsPayload.Read(payload.RootElement),
            HookProvider.Bitbucket => BitbucketPayload.Read(payload.RootElement),
            HookProvider.Generic => GenericPayload.Read(payload.RootElement),
            _ => ForgePayload.Read(payload.RootElement),
        };
    }

    /// <summary>What is no text can't be read as one later, and what is not looked for now may be some day.</summary>
    private static void CheckText(ReadOnlySpan<byte> body)
    {
        if (!Utf8.IsValid(body))
        {
            throw new JsonException("The payload is not UTF-8.");
        }

        var reader = new Utf8JsonReader(body);
        try
        {
            while (reader.Read())
            {
                if (reader.ValueIsEscaped)
                {
                    _ = reader.GetString();
                }
            }
        }
        catch (InvalidOperationException error)
        {
            throw new JsonException("The payload has half of a surrogate pair.", error);
        }
    }
}
