using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CodeRepoOperator.Entities;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>A running operator that takes deliveries of all providers, and what they would send.</summary>
public sealed class HookFixture(KubeApiServer cluster) : IAsyncLifetime
{
    /// <summary>What all providers sign with.</summary>
    public const string Secret = "first";

    private readonly TemporaryDirectory _directory = new();
    private CloneFixture? _fixture;
    private OperatorProcess? _operator;
    private HttpClient? _http;
    private int _pushes;

    internal CloneFixture Fixture => _fixture!;

    /// <summary>A client of the API.</summary>
    public HttpClient Http => _http!;

    /// <summary>A file with another secret for GitHub; not there at first.</summary>
    public string SecondSecret => Path.Combine(_directory.Path, "second");

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    /// <inheritdoc />
    public async ValueTask InitializeAsync()
    {
        _fixture = await CloneFixture.StartAsync(cluster);
        var first = Path.Combine(_directory.Path, "first");
        await File.WriteAllTextAsync(first, Secret + "\n", Ended);
        (string, string)[] settings =
        [
            .. new[] { "GitHub", "GitLab", "Gitea", "GitHub", "AzureDevOps", "Bitbucket", "Generic" }.SelectMany(
                (provider, i) =>
                    new[] { ($"Hooks__Secrets__{i}__Provider", provider), ($"Hooks__Secrets__{i}__File", i == 3 ? SecondSecret : first) }
            ),
            ("Hooks__MaxBodyBytes", "100000"),
        ];
        _operator = await _fixture.StartReadyOperatorAsync(settings);
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_operator.ApiPort}") };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        _http?.Dispose();
        await (_fixture?.DisposeAsync() ?? ValueTask.CompletedTask);
        _directory.Dispose();
    }

    /// <summary>Has a CodeRepo cloned that is polled each interval.</summary>
    internal async Task CloneAsync(string interval)
    {
        if ((await Fixture.ListAsync()).Count == 0)
        {
            await Fixture.CreateAsync(repo => repo.Spec.Interval = interval);
        }
        else
        {
            await Fixture.PatchAsync(new { spec = new { interval } });
        }

        await Fixture.SeeAsync("it is cloned as wanted now", repo =>
            CloneFixture.Condition(repo, ConditionTypes.Ready)?.Status == "True"
            && repo.Status?.ObservedGeneration == repo.Metadata.Generation
        );
    }

    /// <summary>Pushes a commit.</summary>
    internal Task<string> PushAsync() => Fixture.Project.CommitAsync("README.md", $"# push {Guid.NewGuid()}\n");

    /// <summary>What a provider would send of a push; another one each time, as theirs are.</summary>
    internal string Payload(string provider, string reference = "refs/heads/main", string repository = "hello.git")
    {
        var url = Fixture.Server.UrlOf(repository);
        var number = ++_pushes;
        return provider switch
        {
            "gitlab" => JsonSerializer.Serialize(
                new
                {
                    object_kind = "push",
                    event_name = "push",
                    @ref = reference,
                    after = number,
                    project = new
                    {
                        git_http_url = url,
                        git_ssh_url = "git@127.0.0.1:hello.git",
                        default_branch = "main",
                    },
                }
            ),
            "azuredevops" => JsonSerializer.Serialize(
                new
                {
                    id = Guid.NewGuid(),
                    eventType = "git.push",
                    resource = new
                    {
                        refUpdates = new[] { new { name = reference, newObjectId = number } },
                        repository = new { remoteUrl = url, defaultBranch = "refs/heads/main" },
                    },
                }
            ),
            "bitbucket" => JsonSerializer.Serialize(
                new
                {
                    repository = new { full_name = "team/hello", links = new { html = new { href = url[..^4] } } },
                    push = new
                    {
                        changes = new[]
                        {
                            new
                            {
                                @new = new
                                {
                                    type = reference.StartsWith("refs/tags/", StringComparison.Ordinal) ? "tag" : "branch",
                                    name = reference.Split('/')[2],
                                    target = number,
                                },
                            },
                        },
                    },
                }
            ),
            "generic" => JsonSerializer.Serialize(
                new
                {
                    git_url = url,
                    @ref = reference,
                    id = $"{number}",
                }
            ),
            _ => JsonSerializer.Serialize(
                new
                {
                    @ref = reference,
                    after = number,
                    repository = new
                    {
                        clone_url = url,
                        ssh_url = "git@127.0.0.1:hello.git",
                        html_url = url[..^4],
                        default_branch = "main",
                    },
                }
            ),
        };
    }

    /// <summary>Sends a delivery.</summary>
    internal async Task<HttpStatusCode> ReportPushAsync(
        string provider,
        string body,
        string secret = Secret,
        string @event = "push",
        string type = "application/json"
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/hooks/{provider}")
        {
            Content = new StringContent(body, Encoding.UTF8, type),
        };
        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(body)));
        (string, string)[] headers = provider switch
        {
            "gitlab" =>
            [
                ("X-Gitlab-Event", body.Contains("refs/tags/", StringComparison.Ordinal) ? "Tag Push Hook" : "Push Hook"),
                ("X-Gitlab-Token", secret),
            ],
            "gitea" => [("X-Gitea-Event", @event), ("X-Gitea-Signature", signature)],
            "azuredevops" => [("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"hook:{secret}"))}")],
            "bitbucket" =>
            [
                ("X-Event-Key", $"repo:{@event}"),
                ("X-Hub-Signature", $"sha256={signature}"),
                ("X-Request-UUID", Guid.NewGuid().ToString()),
            ],
            "generic" => [("X-Signature", $"sha256={signature}")],
            _ => [("X-GitHub-Event", @event), ("X-Hub-Signature-256", $"sha256={signature}")],
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.Add(name, value);
        }

        using var response = await Http.SendAsync(request, Ended);
        return response.StatusCode;
    }

    /// <summary>How many deliveries of a provider came to this.</summary>
    internal async Task<double> CountedAsync(string provider, string result) =>
        await _operator!.MetricAsync($"coderepo_hooks_total{{provider=\"{provider}\",result=\"{result}\"}}", Ended) ?? double.NaN;
}
