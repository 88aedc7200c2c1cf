using CodeRepoOperator.Remotes;
using CodeRepoOperator.Remotes.GitHub;
using CodeRepoOperator.Remotes.Hosts;
using CodeRepoOperator.Remotes.Http;
using CodeRepoOperator.Remotes.Ssh;
using CodeRepoOperator.Remotes.Worker;
using CodeRepoOperator.Runtime;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Cloning.Making;

/// <summary>Registers the way to git remotes.</summary>
internal static class GitRemoteServices
{
    /// <summary>Adds <see cref="GitRemote"/>, set up by the section <see cref="GitOptions.Section"/>.</summary>
    public static IServiceCollection AddGitRemote(this IServiceCollection services)
    {
        services.AddSettings<GitOptions>(GitOptions.Section);
        services.AddSingleton<IValidateOptions<GitOptions>, GitOptionsValidator>();
        services.AddSingleton<HostPolicy>();
        services.AddSingleton(provider => new GitHttp(
            provider.GetRequiredService<IOptions<GitOptions>>().Value,
            provider.GetRequiredService<HostPolicy>(),
            HttpClient.DefaultProxy
        ));
        services.AddSingleton(provider => new GitSsh(
            provider.GetRequiredService<IOptions<GitOptions>>().Value,
            provider.GetRequiredService<HostPolicy>()
        ));
        services.AddSingleton<GitHubApi>();
        services.AddSingleton<RemoteTransports>();
        services.AddSingleton(WorkerEnvironment.From(Environment.GetEnvironmentVariables()));
        services.AddSingleton<WorkerProcess>();
        services.AddSingleton<GitRemote>();
        return services;
    }
}
