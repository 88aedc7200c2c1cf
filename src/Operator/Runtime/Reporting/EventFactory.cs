using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using CodeRepoOperator.Text;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Options;

namespace CodeRepoOperator.Runtime.Reporting;

/// <summary>Makes events (events.k8s.io/v1) that are this controller's.</summary>
internal sealed class EventFactory(RuntimeNames names, IOptions<RuntimeOptions> options, TimeProvider time)
{
    /// <summary>Makes an event of now.</summary>
    /// <param name="entity">The object that it is about.</param>
    /// <param name="type"><c>Normal</c> or <c>Warning</c>.</param>
    /// <param name="reason">What happened, as one word for programs.</param>
    /// <param name="note">What happened, for people. What is longer than the API server takes is cut.</param>
    public Eventsv1Event Create(IKubernetesObject<V1ObjectMeta> entity, string type, string reason, string note) =>
        new()
        {
            Metadata = new V1ObjectMeta
            {
                GenerateName = $"{entity.Metadata.Name}-",
                NamespaceProperty = entity.Metadata.NamespaceProperty,
            },
            EventTime = MicroTime.Now(time),
            ReportingController = names.Controller,
            ReportingInstance = options.Value.Instance,
            Action = "Reconcile",
            Type = type,
            Reason = reason,
            Note = ForeignText.Line(note, ForeignText.LongestNote),
            Regarding = new V1ObjectReference
            {
                ApiVersion = entity.ApiVersion,
                Kind = entity.Kind,
                Name = entity.Metadata.Name,
                NamespaceProperty = entity.Metadata.NamespaceProperty,
                Uid = entity.Metadata.Uid,
                ResourceVersion = entity.Metadata.ResourceVersion,
            },
        };
}
