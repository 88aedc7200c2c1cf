namespace CodeRepoOperator.Hosting;

/// <summary>Says why the program can't start as it is set up: to a person as it is, to a collector as one message.</summary>
internal sealed class Refusal(IConfiguration configuration, ILogger log)
{
    /// <summary>Tells all that is wrong with the settings.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> OfSettingsAsync(IEnumerable<string> mistakes) => TellAsync($"these settings are wrong:\n  {string.Join("\n  ", mistakes)}");

    /// <summary>Tells that the way to the API server can't be read out of what says it.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> OfClusterAsync(Exception error)
        => TellAsync($"no way to the API server ({error.GetBaseException().Message.TrimEnd('.')}): {ClusterEnvironment.Remedy}.");

    /// <summary>Tells why.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TellAsync(string why)
    {
        if (ClusterEnvironment.IsPod(configuration))
        {
            log.NotStarted(why);
        }
        else
        {
            await Console.Error.WriteLineAsync($"Not started: {why}");
        }

        return ExitCodes.WrongSetup;
    }
}
