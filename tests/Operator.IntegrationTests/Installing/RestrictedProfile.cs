using System.Text.Json.Nodes;

namespace CodeRepoOperator.Installing;

/// <summary>The profile <c>restricted</c> of the Pod Security Standards, as of Kubernetes 1.28.</summary>
internal static class RestrictedProfile
{
    private static readonly string[] Volumes =
    [
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
    ];

    /// <summary>What of a pod's spec it would refuse.</summary>
    public static IEnumerable<string> ErrorsOf(JsonNode pod)
    {
        foreach (var field in new[] { "hostNetwork", "hostPID", "hostIPC", "hostUsers" }.Where(field => pod[field] is not null))
        {
            yield return field;
        }

        foreach (var volume in ItemsOf(pod["volumes"]))
        {
            foreach (var kind in volume.AsObject().Select(field => field.Key).Where(key => key != "name").Except(Volumes))
            {
                yield return $"volume {volume["name"]}: {kind}";
            }
        }

        var ofPod = pod["securityContext"];
        foreach (var error in ErrorsOfContext("pod", ofPod))
        {
            yield return error;
        }

        foreach (var container in ItemsOf(pod["containers"]).Concat(ItemsOf(pod["initContainers"])))
        {
            foreach (var error in ErrorsOfContainer(container, ofPod))
            {
                yield return error;
            }
        }
    }

    private static IEnumerable<string> ErrorsOfContainer(JsonNode container, JsonNode? ofPod)
    {
        var (name, own) = ($"container {container["name"]}", container["securityContext"]);
        foreach (var error in ErrorsOfContext(name, own))
        {
            yield return error;
        }

        if (!IsTrue(own?["runAsNonRoot"] ?? ofPod?["runAsNonRoot"]))
        {
            yield return $"{name}: runAsNonRoot";
        }

        if ((own?["seccompProfile"] ?? ofPod?["seccompProfile"])?["type"]?.ToString() is not ("RuntimeDefault" or "Localhost"))
        {
            yield return $"{name}: seccompProfile";
        }

        if (own?["allowPrivilegeEscalation"] is not { } escalation || IsTrue(escalation))
        {
            yield return $"{name}: allowPrivilegeEscalation";
        }

        if (
            !ItemsOf(own?["capabilities"]?["drop"]).Any(capability => capability.ToString() == "ALL")
            || ItemsOf(own?["capabilities"]?["add"]).Any(capability => capability.ToString() != "NET_BIND_SERVICE")
        )
        {
            yield return $"{name}: capabilities";
        }

        if (ItemsOf(container["ports"]).Any(port => port["hostPort"] is not null))
        {
            yield return $"{name}: hostPort";
        }
    }

    /// <summary>What neither a pod nor a container may have.</summary>
    private static IEnumerable<string> ErrorsOfContext(string whose, JsonNode? context) =>
        new[] { "privileged", "procMount", "sysctls", "seLinuxOptions", "windowsOptions", "appArmorProfile" }
            .Where(field => context?[field] is not null)
            .Concat(context?["runAsUser"]?.ToString() == "0" ? ["runAsUser"] : [])
            .Select(field => $"{whose}: {field}");

    private static IEnumerable<JsonNode> ItemsOf(JsonNode? list) => list?.AsArray().OfType<JsonNode>() ?? [];

    private static bool IsTrue(JsonNode? value) => value is not null && value.GetValue<bool>();
}
