using CodeRepoOperator.Timing;
using k8s;
using k8s.Authentication;
using k8s.Exceptions;

namespace CodeRepoOperator.Runtime.Client;

/// <summary>The way to the API server: <c>KUBECONFIG</c>, the user's kubeconfig, or the ServiceAccount of the pod.</summary>
internal static class ClusterConfiguration
{
    /// <exception cref="KubeConfigException">It says no way.</exception>
    /// <exception cref="YamlDotNet.Core.YamlException">It is no YAML.</exception>
    public static KubernetesClientConfiguration Read()
    {
        var configuration = ReadIfAny() ?? throw new KubeConfigException("the kubeconfig is empty");

        // Only the way out of a pod has it.
        if (configuration.TokenProvider is TokenFileAuth)
        {
            configuration.TokenProvider = new ServiceAccountToken(ServiceAccountToken.Path, BootClock.Instance);
        }

        return configuration;
    }

    /// <summary>The namespace where none is named, as kubectl has it: that of the pod, or of the kubeconfig's context.</summary>
    /// <exception cref="KubeConfigException">It says no way.</exception>
    /// <exception cref="YamlDotNet.Core.YamlException">It is no YAML.</exception>
    public static string ReadNamespace() => Read().Namespace is { Length: > 0 } named ? named : "default";

    private static KubernetesClientConfiguration? ReadIfAny()
    {
        try
        {
            return KubernetesClientConfiguration.BuildDefaultConfig();
        }
        catch (NullReferenceException)
        {
            // All that the client has to say of a file with nothing in it.
            return null;
        }
    }
}
