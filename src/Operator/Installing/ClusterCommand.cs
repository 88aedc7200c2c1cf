using System.CommandLine;
using System.CommandLine.Parsing;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Runtime;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using k8s.Exceptions;
using YamlDotNet.Core;

namespace CodeRepoOperator.Installing;

/// <summary>A command that has to do with the API server alone: a step of an upgrade or an uninstall.</summary>
internal static class ClusterCommand
{
    /// <summary>Makes a command.</summary>
    /// <param name="name">What it is called by.</param>
    /// <param name="description">What it does.</param>
    /// <param name="options">Its options, beside the settings.</param>
    /// <param name="signals">What ends it before it is through.</param>
    /// <param name="run">What it does. It returns the exit code.</param>
    public static Command Create(
        string name,
        string description,
        IReadOnlyList<Option> options,
        StopSignals signals,
        Func<IServiceProvider, ParseResult, CancellationToken, Task<int>> run
    ) =>
        CommandHost.Create(
            name,
            description,
            options,
            signals,
            services => services.AddSettings<RuntimeOptions>(RuntimeOptions.Section).AddApiClient(Product.Names),
            (services, parsed, cancellationToken) => RunAsync(services, () => run(services, parsed, cancellationToken))
        );

    /// <summary>The option for the namespace of the operator.</summary>
    public static Option<string?> Namespace() =>
        new("--namespace", "-n")
        {
            Description = "The namespace of the operator. Default: that of the pod, or of the kubeconfig's context.",
        };

    /// <summary>The option for how long to wait.</summary>
    /// <param name="description">For what.</param>
    /// <param name="standard">The default.</param>
    public static Option<TimeSpan?> Timeout(string description, TimeSpan standard) =>
        new("--timeout") { Description = $"{description}, as 90s or 5m. Default: {standard.TotalMinutes}m.", CustomParser = Duration };

    /// <summary>Says why it can't be done as things are; nothing was changed.</summary>
    /// <returns>The exit code.</returns>
    public static Task<int> RefuseAsync(IServiceProvider services, string why) => StartupErrorsOf(services).ReportAsync(why);

    private static TimeSpan? Duration(ArgumentResult argument)
    {
        var text = argument.Tokens.Single().Value;
        if (!GoDuration.TryParse(text, out var duration))
        {
            argument.AddError($"--timeout is '{text}': must be a duration, such as 90s or 5m.");
        }

        return duration;
    }

    private static StartupErrors StartupErrorsOf(IServiceProvider services) =>
        new(
            services.GetRequiredService<IConfiguration>(),
            services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ClusterCommand))
        );

    private static async Task<int> RunAsync(IServiceProvider services, Func<Task<int>> run)
    {
        if (!ClusterEnvironment.HasCluster(services.GetRequiredService<IConfiguration>()))
        {
            return await RefuseAsync(services, $"no cluster is configured: {ClusterEnvironment.Remedy}.");
        }

        try
        {
            return await run();
        }
        catch (Exception error) when (error is KubeConfigException or YamlException)
        {
            return await StartupErrorsOf(services).ReportClusterAsync(error);
        }
        catch (Exception error) when (error.IsApiError())
        {
            await Console.Error.WriteLineAsync(
                $"Not finished: the API server: {error.Describe().TrimEnd('.')}. Fix the cause and run this again: it continues where "
                    + "it stopped."
            );
            return ExitCodes.Failed;
        }
    }
}
