using System.CommandLine;
using CodeRepoOperator.Hosting;
using CodeRepoOperator.Programs;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using k8s.Autorest;
using k8s.Models;

namespace CodeRepoOperator.Installing;

/// <summary><c>coderepo-operator resize</c>: what an upgrade that asks for larger volumes begins with.</summary>
internal static class ResizeCommand
{
    private const string Description = """
        Makes the claims of the operator's StatefulSet larger. Since a StatefulSet's claim template can't be changed, it deletes the
        StatefulSet as well, its pods and claims left as they are; whoever runs this makes it anew, with the new size, as helm upgrade and
        kubectl apply do. With nothing to change it changes nothing, and it may be run again wherever it ended.

        It uses the rights of whoever runs it: to get and delete the StatefulSet, and to get and patch its claims.

        Exit codes: 0 done, or nothing to do; 1 not all done, run it again; 2 it can't be done, nothing was changed.
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Makes the command.</summary>
    /// <param name="signals">What ends it before it is through.</param>
    public static Command Create(StopSignals signals)
    {
        var ofNamespace = ClusterCommand.Namespace();
        var set = new Option<string>("--statefulset")
        {
            Description = "The operator's StatefulSet.",
            DefaultValueFactory = _ => "coderepo-operator",
        };
        var size = new Option<string>("--claim-size")
        {
            Description = "How much storage each claim is to ask for, such as 40Gi.",
            Required = true,
        };
        var keepLarger = new Option<bool>("--keep-larger")
        {
            Description = "Claims that are larger may stay so, for a StatefulSet that asks for less: after a growth that is taken back.",
        };
        var timeout = ClusterCommand.Timeout("How long to wait for the StatefulSet to be gone", Patience);
        return ClusterCommand.Create(
            "resize",
            Description,
            [ofNamespace, set, size, keepLarger, timeout],
            signals,
            (services, parsed, cancellationToken) =>
                RunAsync(
                    services,
                    new Order(
                        parsed.GetValue(ofNamespace) ?? ClusterConfiguration.ReadNamespace(),
                        parsed.GetValue(set)!,
                        parsed.GetValue(size)!,
                        parsed.GetValue(keepLarger),
                        parsed.GetValue(timeout) ?? Patience
                    ),
                    cancellationToken
                )
        );
    }

    private static async Task<int> RunAsync(IServiceProvider services, Order order, CancellationToken cancellationToken)
    {
        if (Quantity(order.Size) is not { } desired)
        {
            return await ClusterCommand.RefuseAsync(
                services,
                $"--claim-size is {SettingText.Shown(order.Size)}: must be an amount of storage, such as 40Gi."
            );
        }

        var resize = new ClaimResize(
            services.GetRequiredService<ApiClient>(),
            order.Namespace,
            services.GetRequiredService<TimeProvider>(),
            Console.Out
        );
        if (await resize.FindAsync(order.StatefulSet, cancellationToken) is not { } set)
        {
            return await NothingAsync($"there is no StatefulSet {order.Namespace}/{order.StatefulSet}");
        }

        if (await resize.PlanAsync(set, desired, order.KeepsLarger, cancellationToken) is not { } plan)
        {
            return await NothingAsync($"the StatefulSet {order.StatefulSet} makes no claims");
        }

        if (plan.Refusal is not null)
        {
            return await ClusterCommand.RefuseAsync(services, plan.Refusal);
        }

        if (!await TryGrowAsync(resize, plan, desired, cancellationToken))
        {
            return ExitCodes.Failed;
        }

        if (!plan.RemakesStatefulSet)
        {
            return plan.Growing.Count > 0
                ? ExitCodes.Done
                : await NothingAsync($"the StatefulSet {order.StatefulSet} asks for {desired} already");
        }

        if (await resize.TakeAwayAsync(set, order.Patience, cancellationToken))
        {
            return ExitCodes.Done;
        }

        await Console.Error.WriteLineAsync(
            $"Not done: the StatefulSet {order.StatefulSet} is still being deleted after {order.Patience.TotalSeconds} s; its pods run "
                + "on. Run this again."
        );
        return ExitCodes.Failed;
    }

    private static async Task<bool> TryGrowAsync(
        ClaimResize resize,
        ResizePlan plan,
        ResourceQuantity desired,
        CancellationToken cancellationToken
    )
    {
        foreach (var claim in plan.Growing)
        {
            try
            {
                await resize.GrowAsync(claim, desired, cancellationToken);
            }
            catch (HttpOperationException error) when (!error.IsNotFound())
            {
                await Console.Error.WriteLineAsync(
                    $"Not done: the claim {claim} can't grow to {desired}: {error.Describe().TrimEnd('.')}. It must be bound, by a "
                        + "StorageClass with allowVolumeExpansion: true. Else ask for the size that it has."
                );
                return false;
            }
        }

        return true;
    }

    private static async Task<int> NothingAsync(string why)
    {
        await Console.Out.WriteLineAsync($"nothing to resize: {why}");
        return ExitCodes.Done;
    }

    private static ResourceQuantity? Quantity(string text)
    {
        try
        {
            var quantity = new ResourceQuantity(text);
            return quantity.ToDecimal() > 0 ? quantity : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private sealed record Order(string Namespace, string StatefulSet, string Size, bool KeepsLarger, TimeSpan Patience);
}
