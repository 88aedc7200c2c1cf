using System.Runtime.CompilerServices;
using CodeRepoOperator.Hosting;

namespace CodeRepoOperator.Machinery.Operators;

/// <summary>
/// The operator's program as a library: what it does before anything else it does here before anything else too, not when a test first
/// touches it. By then the Kubernetes client has been used, and takes no more kinds.
/// </summary>
internal static class OperatorModule
{
    [ModuleInitializer]
    internal static void Initialize() => RuntimeHelpers.RunModuleConstructor(typeof(KubernetesKinds).Module.ModuleHandle);
}
