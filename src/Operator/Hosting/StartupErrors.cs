using CodeRepoOperator.Programs;

namespace CodeRepoOperator.Hosting;

/// <summary>Reports why the program can't start as it is set up: on a terminal as text, in a pod as one log message.</summary>
internal sealed class StartupErrors(IConfiguration configuration, ILogger log)
{
    /// <summary>Reports all that is wrong with the settings.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> ReportSettingsAsync(IEnumerable<string> errors) =>
        ReportAsync($"these settings are wrong:\n  {string.Join("\n  ", errors)}");

    /// <summary>Reports that the way to the API server can't be read out of what says it.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> ReportClusterAsync(Exception error) =>
        ReportAsync($"no way to the API server ({error.GetBaseException().Message.TrimEnd('.')}): {ClusterEnvironment.Remedy}.");

    /// <summary>Reports why the program can't start.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> ReportAsync(string why)
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
