using System.Diagnostics;
using System.Runtime.CompilerServices;
using k8s;

namespace CodeRepoOperator.Machinery;

/// <summary>Waits for the world to become what a test expects, by looking at it again and again.</summary>
internal static class Eventually
{
    /// <summary>Looks until <paramref name="holds"/>, and returns what was seen then.</summary>
    /// <param name="expectation">What is waited for, for the message when it does not come.</param>
    /// <param name="look">One look at the world. What it throws counts as not yet.</param>
    /// <param name="holds">Whether this is what was expected.</param>
    /// <param name="deadline">How long to go on looking.</param>
    /// <param name="cancellationToken">The test's token.</param>
    /// <exception cref="TimeoutException">The deadline passed; the message has what was seen last.</exception>
    public static async Task<T> SeeAsync<T>(
        string expectation,
        Func<CancellationToken, Task<T>> look,
        Func<T, bool> holds,
        TimeSpan deadline,
        CancellationToken cancellationToken
    )
    {
        var watch = Stopwatch.StartNew();
        using var hurry = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        hurry.CancelAfter(deadline);
        var (seen, error) = ("nothing", (Exception?)null);
        var wait = TimeSpan.FromMilliseconds(20);
        while (true)
        {
            try
            {
                var found = await look(hurry.Token);
                if (holds(found))
                {
                    return found;
                }

                (seen, error) = (Describe(found), null);
            }
            catch (Exception exception) when (!hurry.IsCancellationRequested)
            {
                (seen, error) = (exception.ToString(), exception);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The deadline passed in the middle of a look.
            }

            if (watch.Elapsed + wait > deadline)
            {
                throw new TimeoutException($"Not seen within {deadline}: {expectation}. Seen last: {seen}", error);
            }

            await Task.Delay(wait, TimeProvider.System, cancellationToken);
            wait = TimeSpan.FromMilliseconds(Math.Min(wait.TotalMilliseconds * 1.5, 250));
        }
    }

    /// <summary>Looks until the response is yes.</summary>
    public static Task HoldsAsync(
        string expectation,
        Func<CancellationToken, Task<bool>> look,
        TimeSpan deadline,
        CancellationToken cancellationToken
    ) => SeeAsync(expectation, look, holds: yes => yes, deadline, cancellationToken);

    /// <summary>Looks until it is so; for what is at hand without asking anybody.</summary>
    public static Task True(
        Func<bool> look,
        TimeSpan deadline,
        CancellationToken cancellationToken,
        [CallerArgumentExpression(nameof(look))] string expectation = ""
    ) => HoldsAsync(expectation, _ => Task.FromResult(look()), deadline, cancellationToken);

    private static string Describe<T>(T seen) =>
        seen switch
        {
            null => "null",
            IKubernetesObject or System.Text.Json.JsonElement => KubernetesJson.Serialize(seen),
            IEnumerable<string> texts => string.Join(", ", texts),
            _ => seen.ToString() ?? "",
        };
}
