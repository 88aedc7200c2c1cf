using System.Collections.Concurrent;
using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Ssh;
using GitServer;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Cloning;

/// <summary>Remotes that want to know who asks, or that nobody's authorities vouch for, through the whole operator.</summary>
[Collection(nameof(SshRemotes))]
[Trait("Category", "Slow")]
public sealed class PrivateRemoteTests(KubeApiServer cluster, SshRemote ssh) : IDisposable
{
    private const string SshProject = "private.git";

    private const string Query = "?service=git-upload-pack";

    private static readonly (string Key, string Value)[] Right = [("username", "robot"), ("password", "right")];

    private readonly TrustedCertificate _known = TrustedCertificate.Create();
    private readonly TrustedCertificate _unknown = TrustedCertificate.Create();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _known.Dispose();
        _unknown.Dispose();
    }

    /// <summary>All at once, each with a CodeRepo and a Secret of its own; then all are put right.</summary>
    [Fact]
    public async Task Each_is_cloned_or_the_reason_is_reported_and_is_cloned_once_its_Secret_is_right()
    {
        await using var fixture = await StartAsync();
        await using var foreign = await ServeAsync(fixture, _unknown);
        await using var other = await ServeAsync(fixture, _known);
        await using var plain = await ServeAsync(fixture, certificate: null);
        var reported = new ConcurrentBag<string>();
        other.Fault = request => Remember(reported, request);
        fixture.Server.Login = request => IsBelow("/token", request) ? "Bearer right" : GitHttpServer.Basic("robot", "right");
        fixture.Server.Fault = request =>
            IsBelow("/moved", request) ? new RequestFault { RedirectTo = new Uri(other.Address, $"/hello.git/info/refs{Query}") } : null;
        var served = Path.GetDirectoryName(fixture.Project.Bare)!;
        Directory.CreateSymbolicLink(Path.Combine(served, "token"), served);
        var overSsh = await (await ssh.ProjectAsync(SshProject)).CommitAsync("a.txt", "over ssh\n");
        await fixture.StartReadyOperatorAsync(
            ("Git__TrustedCertificates", _known.File),
            ("Store__SecretRetryInterval", "00:00:01"),
            ("Store__MaxConcurrentClones", "16"),
            ("Operator__Workers", "32")
        );

        var cases = Cases(fixture.Server, foreign, plain).Concat(SshCases()).ToDictionary(one => one.Name);
        foreach (var one in cases.Values)
        {
            if (one.Keys is { Length: > 0 } keys)
            {
                await fixture.PutSecretAsync(one.Name, keys);
            }

            // One that is polled all the time has connections that another one might take.
            await fixture.CreateAsync(repo =>
                Ask(repo, one.Name, one.Url, one.Keys is null ? null : one.Name, one.Name == "own-authority" ? "1s" : "0s")
            );
        }

        await SeeAllAsync(fixture, "each as expected", repo => IsAt(repo, cases[repo.Metadata.Name], mended: false));
        Assert.All(cases.Values, one => Assert.Equal(one.Reason is null, Directory.Exists(fixture.Clone(one.Name))));
        Assert.NotEmpty(reported);
        Assert.All(reported, Assert.Empty);
        Assert.Equal(0, plain.Requests);

        foreach (var one in cases.Values.Where(one => one.Mended is not null))
        {
            await fixture.PutSecretAsync(one.Name, one.Mended!);
            if (one.Reason != Reasons.SecretNotFound)
            {
                await fixture.PatchAsync(Requested, one.Name);
            }
        }

        await SeeAllAsync(fixture, "those with a Secret that is right now", repo => IsAt(repo, cases[repo.Metadata.Name], mended: true));
        var config = await File.ReadAllTextAsync(Path.Combine(fixture.Clone("basic-wrong"), ".git", "config"), Token);
        Assert.Contains(fixture.Server.UrlOf("hello.git"), config, StringComparison.Ordinal);
        Assert.DoesNotContain("robot", config, StringComparison.Ordinal);
        foreach (
            var one in cases.Keys.Where(name => name.StartsWith("ssh-", StringComparison.Ordinal) && Directory.Exists(fixture.Clone(name)))
        )
        {
            await fixture.SeeCloneAsync(overSsh, one);
        }
    }

    [Fact]
    public async Task A_token_that_expires_leaves_the_clone_readable_and_a_new_one_is_used_from_the_next_try_on()
    {
        await using var fixture = await StartAsync();
        fixture.Server.Login = _ => "Bearer first";
        await fixture.PutSecretAsync("git", ("bearerToken", "first"));
        var running = await fixture.StartReadyOperatorAsync(
            ("Git__TrustedCertificates", _known.File),
            ("Store__TerminalRetryInterval", "00:00:10")
        );
        await fixture.CreateAsync(repo => Ask(repo, "hello", fixture.Server.UrlOf("hello.git"), "git", "1s"));
        var old = (await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned)).Status!.Commit!;

        fixture.Server.Login = _ => "Bearer second";
        var commit = await fixture.Project.CommitAsync("a.txt", "newer\n");
        await fixture.SeeConditionAsync(ConditionTypes.Stalled, "True", Reasons.AuthenticationFailed);
        var stale = await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Stale);
        Assert.Contains(
            "bearerToken of the Secret git (HTTP 401): wrong, expired or withdrawn",
            CloneFixture.Condition(stale, ConditionTypes.Ready)!.Message,
            StringComparison.Ordinal
        );
        await fixture.SeeCloneAsync(old);

        // Nobody restarts or asks for anything.
        await fixture.PutSecretAsync("git", ("bearerToken", "second"));
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);
        await fixture.SeeCloneAsync(commit);
        await Eventually.SeeAsync(
            "its events",
            _ => fixture.EventsAsync(),
            events => events.SequenceEqual([EventReasons.Cloned, EventReasons.CloneFailed, EventReasons.Updated]),
            CloneFixture.Soon,
            Token
        );
        Assert.Single(running.Log.Split('\n'), line => line.Contains("AuthenticationFailed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_credential_that_many_share_and_that_has_expired_is_tried_a_few_times_and_a_new_one_at_once()
    {
        const int Many = 40;
        const int Few = 20;
        await using var fixture = await StartAsync();
        var tried = 0;
        fixture.Server.Login = _ => GitHttpServer.Basic("robot", "newer");
        fixture.Server.Fault = request =>
        {
            Interlocked.Add(ref tried, request.Headers.Authorization == GitHttpServer.Basic("robot", "expired") ? 1 : 0);
            return null;
        };
        await fixture.PutSecretAsync("git", ("username", "robot"), ("password", "expired"));
        await fixture.StartReadyOperatorAsync(
            ("Git__TrustedCertificates", _known.File),
            ("Store__SecretRetryInterval", "00:00:01"),
            ("Store__TerminalRetryInterval", "00:00:10")
        );
        foreach (var name in Enumerable.Range(0, Many).Select(number => $"shared-{number}"))
        {
            File.CreateSymbolicLink(Path.Combine(Path.GetDirectoryName(fixture.Project.Bare)!, $"{name}.git"), fixture.Project.Bare);
            await fixture.CreateAsync(repo =>
            {
                Ask(repo, name, fixture.Server.UrlOf($"{name}.git"), "git", "0s");

                // Once they are let in that is all they learn, and nothing is cloned.
                repo.Spec.Branch = "absent";
            });
        }

        await SeeAllAsync(fixture, "that it is refused, or what is waited for", repo =>
            Says(repo, Reasons.AuthenticationFailed, "of the Secret git")
        );
        Assert.InRange(Volatile.Read(ref tried), 1, Few);
        Assert.Contains(await fixture.ListAsync(), repo => Says(repo, Reasons.AuthenticationFailed, "a few times a minute only"));

        await fixture.PutSecretAsync("git", ("username", "robot"), ("password", "newer"));
        await SeeAllAsync(fixture, "all let in with the new one", repo => Says(repo, Reasons.BranchNotFound, "correct spec.branch"));
    }

    [Fact]
    public async Task Credentials_of_a_host_are_used_in_their_namespaces_alone_and_as_they_are_at_each_try()
    {
        await using var fixture = await StartAsync();
        await using var other = await ServeAsync(fixture, _known);
        using var directory = new TemporaryDirectory();
        var reported = new ConcurrentBag<string>();
        other.Fault = request => Remember(reported, request);
        var (ours, theirs) = (directory.New("ours"), directory.New("theirs"));
        foreach (var mounted in new[] { ours, theirs })
        {
            await File.WriteAllTextAsync(Path.Combine(mounted, "username"), "robot\n", Token);
            await File.WriteAllTextAsync(Path.Combine(mounted, "password"), "right\n", Token);
        }

        fixture.Server.Login = _ => GitHttpServer.Basic("robot", "right");
        await fixture.StartReadyOperatorAsync(
            ("Git__TrustedCertificates", _known.File),
            ("Git__Credentials__0__Host", $"127.0.0.1:{fixture.Server.Address.Port}"),
            ("Git__Credentials__0__Directory", ours),
            ("Git__Credentials__0__Namespaces__0", fixture.Namespace),
            ("Git__Credentials__1__Host", $"127.0.0.1:{other.Address.Port}"),
            ("Git__Credentials__1__Directory", theirs),
            ("Git__Credentials__1__Namespaces__0", "another-team")
        );

        await fixture.CreateAsync();
        await fixture.CreateAsync(repo => Ask(repo, "foreign", other.UrlOf("hello.git"), null, "0s"));
        await fixture.SeeAsync("a clone with the administrator's", IsReady);
        await fixture.SeeAsync(
            "none with those of others",
            repo => Says(repo, Reasons.AuthenticationFailed, "name it in spec.auth.secret"),
            "foreign"
        );
        Assert.NotEmpty(reported);
        Assert.All(reported, Assert.Empty);

        fixture.Server.Login = _ => GitHttpServer.Basic("robot", "newer");
        await fixture.RequestAsync("1");
        await fixture.SeeAsync("a hint at whose they are", repo =>
            Says(repo, Reasons.AuthenticationFailed, "username and password of the administrator's Secret for 127.0.0.1:")
        );
        await File.WriteAllTextAsync(Path.Combine(ours, "password"), "newer\n", Token);
        await fixture.RequestAsync("2");
        await fixture.SeeConditionAsync(ConditionTypes.Ready, "True", Reasons.Cloned);

        Directory.Delete(ours, recursive: true);
        await fixture.RequestAsync("3");
        await fixture.SeeAsync("that there are none any more", repo => Says(repo, Reasons.SecretNotFound, "has none of the keys"));
    }

    /// <summary>All that there are.</summary>
    /// <param name="known">A server of a known authority that wants a login.</param>
    /// <param name="foreign">One of an unknown authority.</param>
    /// <param name="plain">One without TLS.</param>
    private IEnumerable<Case> Cases(GitHttpServer known, GitHttpServer foreign, GitHttpServer plain)
    {
        var url = known.UrlOf("hello.git");
        yield return new("basic-right", url, Right);
        yield return new(
            "basic-wrong",
            url,
            [("username", "robot"), ("password", "wrong")],
            Reasons.AuthenticationFailed,
            "username and password of the Secret basic-wrong",
            Right
        );
        yield return new("basic-half", url, [("username", "robot")], Reasons.SecretNotFound, "lacks the key password", Right);
        yield return new(
            "basic-by-token",
            url,
            [("bearerToken", "right")],
            Reasons.AuthenticationFailed,
            "as username and password",
            Right
        );
        yield return new("anonymous", url, null, Reasons.AuthenticationFailed, "name it in spec.auth.secret");
        yield return new(
            "wrong-kind",
            url,
            [("identity", "key"), ("known_hosts", "hosts")],
            Reasons.SecretNotFound,
            "holds keys for SSH",
            Right
        );
        yield return new("absent", url, [], Reasons.SecretNotFound, "There is no Secret absent in the namespace", Right);
        yield return new("moved", known.UrlOf("moved/hello.git"), Right, Reasons.AuthenticationFailed, "redirects to another host");

        var byToken = known.UrlOf("token/hello.git");
        yield return new("token-right", byToken, [("bearerToken", "right")]);
        yield return new(
            "token-wrong",
            byToken,
            [("bearerToken", "wrong")],
            Reasons.AuthenticationFailed,
            "bearerToken of the Secret token-wrong",
            [("bearerToken", "right")]
        );

        var (authority, other) = (File.ReadAllText(_unknown.File), File.ReadAllText(_known.File));
        yield return new("own-authority", foreign.UrlOf("hello.git"), [("ca.crt", authority)]);
        yield return new("own-and-login", foreign.UrlOf("hello.git"), [.. Right, ("ca.crt", authority)]);
        yield return new(
            "other-authority",
            foreign.UrlOf("hello.git"),
            [("ca.crt", other)],
            Reasons.Unreachable,
            "by ca.crt of the Secret neither",
            [("ca.crt", authority)]
        );
        yield return new("no-authority", foreign.UrlOf("hello.git"), null, Reasons.Unreachable, "put it into ca.crt");
        yield return new("readable", plain.UrlOf("hello.git"), Right, Reasons.HostNotAllowed, "set Git:AllowCredentialsOverHttp");
    }

    /// <summary>All that there are over SSH, on a real sshd.</summary>
    private IEnumerable<Case> SshCases()
    {
        var url = ssh.Url(name: SshProject).ToString();
        (string Key, string Value)[] Keys(string key, string? passphrase = null, string? knownHosts = null) =>
            [
                ("identity", ssh.Key(key).Text),
                ("known_hosts", knownHosts ?? ssh.KnownHosts),
                .. passphrase is null ? Array.Empty<(string, string)>() : [("password", passphrase)],
            ];
        var right = Keys("ed25519");
        foreach (var kind in SshRemote.Kinds)
        {
            yield return new($"ssh-{kind}", url, Keys(kind));
            yield return new($"ssh-{kind}-encrypted", url, Keys($"{kind} encrypted", ssh.Key($"{kind} encrypted").Passphrase));
        }

        yield return new("ssh-stranger", url, Keys("stranger"), Reasons.AuthenticationFailed, "add its public key", right);
        yield return new(
            "ssh-passphrase",
            url,
            Keys("rsa encrypted", "battery staple"),
            Reasons.AuthenticationFailed,
            "can't be decrypted",
            right
        );
        yield return new(
            "ssh-other-host",
            url,
            Keys("ed25519", knownHosts: "git.example.com ssh-ed25519 AAAA\n"),
            Reasons.HostKeyMismatch,
            "does not have",
            right
        );
        yield return new("ssh-no-hosts", url, [right[0]], Reasons.SecretNotFound, "lacks the key known_hosts", right);
        yield return new("ssh-wrong-kind", url, Right, Reasons.SecretNotFound, "holds keys for HTTP", right);
        yield return new("ssh-anonymous", url, null, Reasons.AuthenticationFailed, "name a Secret with them in spec.auth.secret");
    }

    private static bool IsAt(CodeRepo repo, Case one, bool mended) =>
        one.Reason is null || (mended && one.Mended is not null) ? IsReady(repo) : Says(repo, one.Reason, one.Hint);

    private static bool IsBelow(string path, HttpRequest request) => request.Path.StartsWithSegments(path, StringComparison.Ordinal);

    private static object Requested =>
        new
        {
            metadata = new
            {
                annotations = new Dictionary<string, string>
                {
                    [CodeRepo.RequestedAtAnnotation] = TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture),
                },
            },
        };

    private Task<CloneFixture> StartAsync() =>
        CloneFixture.StartAsync(cluster, server: new GitHttpServerOptions { Certificate = _known.Certificate });

    /// <summary>The same repositories under another origin.</summary>
    private static Task<GitHttpServer> ServeAsync(CloneFixture fixture, TrustedCertificate? certificate) =>
        GitHttpServer.StartAsync(
            Path.GetDirectoryName(fixture.Project.Bare)!,
            new GitHttpServerOptions { Certificate = certificate?.Certificate }
        );

    private static void Ask(CodeRepo repo, string name, string url, string? secret, string interval)
    {
        repo.Metadata.Name = name;
        repo.Spec.GitUrl = url;
        repo.Spec.Interval = interval;
        repo.Spec.Auth = secret is null ? null : new CodeRepoAuth { Secret = secret };
    }

    /// <summary>Notes what a remote gets to know about who asks, and refuses it.</summary>
    private static RequestFault Remember(ConcurrentBag<string> reported, HttpRequest request)
    {
        reported.Add(request.Headers.Authorization.ToString());
        return new RequestFault { Status = 401 };
    }

    private static Task<string> SeeAllAsync(CloneFixture fixture, string expectation, Func<CodeRepo, bool> holds) =>
        Eventually.SeeAsync(
            expectation,
            async _ =>
                string.Join(
                    '\n',
                    (await fixture.ListAsync()).Where(repo => !holds(repo)).Select(repo => k8s.KubernetesJson.Serialize(repo))
                ),
            left => left.Length == 0,
            CloneFixture.Soon,
            Token
        );

    private static bool IsReady(CodeRepo repo) =>
        CloneFixture.Condition(repo, ConditionTypes.Ready) is { Status: "True", Reason: Reasons.Cloned };

    private static bool Says(CodeRepo repo, string reason, string hint) =>
        (CloneFixture.Condition(repo, ConditionTypes.Stalled) ?? CloneFixture.Condition(repo, ConditionTypes.Reconciling)) is { } reported
        && reported.Reason == reason
        && reported.Message.Contains(hint, StringComparison.Ordinal);

    /// <summary>A CodeRepo and its Secret.</summary>
    /// <param name="Name">Of both.</param>
    /// <param name="Url">The remote.</param>
    /// <param name="Keys">What the Secret has; none: it does not exist; null: the CodeRepo names none.</param>
    /// <param name="Reason">Why it is not cloned; null: it is.</param>
    /// <param name="Hint">Words of the message.</param>
    /// <param name="Mended">What the Secret must have; null: it is no use.</param>
    private sealed record Case(
        string Name,
        string Url,
        (string Key, string Value)[]? Keys,
        string? Reason = null,
        string Hint = "",
        (string Key, string Value)[]? Mended = null
    );
}
