using System.Globalization;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary>Does what the controllers and the kubelet do with the Job of a hook: runs its command, as its ServiceAccount.</summary>
internal sealed class HookPlayer(KubeApiServer cluster, ChartFixture fixture, string ofNamespace)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What paths in the pod are here, by the variable that names them.</summary>
    public Dictionary<string, string> Files { get; } = [];

    /// <summary>Waits for a Job, runs it, and says in its status that it is complete.</summary>
    /// <returns>What the command wrote.</returns>
    public async Task<string> PlayAsync(string name)
    {
        var job = await Eventually.SeeAsync(
            $"the Job {name}",
            token => cluster.Admin.BatchV1.ReadNamespacedJobAsync(name, ofNamespace, cancellationToken: token),
            _ => true,
            TimeSpan.FromSeconds(60),
            Token
        );
        var pod = job.Spec.Template.Spec;
        var environment = (pod.Containers.Single().Env ?? []).ToDictionary(
            variable => variable.Name,
            variable => Files.GetValueOrDefault(variable.Name, variable.Value)
        );
        environment["KUBECONFIG"] = pod.ServiceAccountName is null
            ? ""
            : await fixture.KubeconfigAsync(ofNamespace, pod.ServiceAccountName);
        var ran = await ProcessRunner.RunAsync(CommandProcess.Program, pod.Containers.Single().Args, environment, input: "", Token);
        var output = ran.OutputOrThrow();
        var now = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        await cluster.Admin.BatchV1.PatchNamespacedJobStatusAsync(
            new V1Patch(
                new
                {
                    status = new
                    {
                        succeeded = 1,
                        startTime = now,
                        completionTime = now,
                        conditions = new[] { "SuccessCriteriaMet", "Complete" }.Select(type => new
                        {
                            type,
                            status = "True",
                            lastTransitionTime = now,
                        }),
                    },
                },
                V1Patch.PatchType.MergePatch
            ),
            name,
            ofNamespace,
            cancellationToken: Token
        );
        return output;
    }
}
