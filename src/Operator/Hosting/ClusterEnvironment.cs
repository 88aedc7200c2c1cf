using k8s;

namespace CodeRepoOperator.Hosting;

/// <summary>Whether a cluster is there to talk to. The Kubernetes client would otherwise look for one on this machine.</summary>
internal static class ClusterEnvironment
{
    /// <summary>What to do where none is configured.</summary>
    public const string Remedy = "set KUBECONFIG, or run in a pod with a ServiceAccount";

    /// <summary>Whether the program runs in a pod: the kubelet sets the variable in every container.</summary>
    public static bool IsPod(IConfiguration configuration) => !string.IsNullOrEmpty(configuration["KUBERNETES_SERVICE_HOST"]);

    /// <summary>Whether the pod, or whoever runs the program, names a cluster. A kubeconfig in the home directory does not count.</summary>
    public static bool NamesCluster(IConfiguration configuration) =>
        IsPod(configuration) || !string.IsNullOrEmpty(configuration["KUBECONFIG"]);

    /// <summary>Whether there is a cluster to use, by the kubeconfig in the home directory too, as kubectl has it.</summary>
    public static bool HasCluster(IConfiguration configuration) =>
        NamesCluster(configuration) || File.Exists(KubernetesClientConfiguration.KubeConfigDefaultLocation);
}
