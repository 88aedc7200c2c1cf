using CodeRepoOperator.Cloning;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>A push as a payload reports it.</summary>
/// <param name="Push">What was pushed.</param>
/// <param name="Id">What its sender calls the delivery, each by another name, where it is known by what is authenticated; or null.</param>
internal sealed record PushDelivery(PushNotice Push, string? Id = null);
