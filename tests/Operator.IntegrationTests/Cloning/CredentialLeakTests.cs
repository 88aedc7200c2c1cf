using System.Globalization;
using System.Text;
using CodeRepoOperator.Entities;
using GitServer;
using k8s;
using Microsoft.AspNetCore.Http;

namespace CodeRepoOperator.Cloning;

/// <summary>
/// Credentials that were marked are looked for wherever others might see them, while clones run and after: command lines and environments
/// of all processes, every file that is written, if only for an instant, the log, events, objects and metrics.
/// </summary>
[Trait("Category", "Slow")]
public sealed class CredentialLeakTests(KubeApiServer cluster)
{
    private const string Query = "?service=git-upload-pack";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_credential_is_seen_by_whom_it_is_not_meant_for()
    {
        using var certificate = TrustedCertificate.Create();
        using var directory = new TemporaryDirectory();
        await using var fixture = await CloneFixture.StartAsync(
            cluster,
            server: new GitHttpServerOptions { Certificate = certificate.Certificate }
        );
        await using var other = await GitHttpServer.StartAsync(
            directory.New("other"),
            new GitHttpServerOptions { Certificate = certificate.Certificate }
        );
        var (host, passphrase) = (await KeyAsync(directory, "host", null), new MarkedSecret());
        var identity = await KeyAsync(directory, "identity", passphrase.Value);
        await using var sshd = await SshServer.StartAsync([new SshPort("git")], [host.Path], identity.Path + ".pub", Token);
        await using var proxy = new HttpProxy(fixture.Server.Address.Port);
        var remotes = new Remotes(
            fixture.Server,
            other.Address,
            proxy.Address,
            new SshAccess(
                $"ssh://{Environment.UserName}@127.0.0.1:{sshd.Ports["git"]}{fixture.Project.Bare}",
                MarkedSecret.OfKey(identity.Text),
                passphrase,
                $"[127.0.0.1]:{sshd.Ports["git"]} {host.Public}\n"
            )
        );
        var trace = Path.Combine(directory.Path, "trace");
        var temporary = directory.New("tmp");
        other.Fault = request => new RequestFault
        {
            Status = 404,
            Text = $"There is no {request.Path}{request.QueryString}, redirected to by {fixture.Server.Address}.",
        };
        var running = await fixture.StartOperatorUnderAsync(
            [
                "strace",
                "-D",
                "-f",
                "-qq",
                "-y",
                "-v",
                "-s",
                "65536",
                "-e",
                "signal=none",
                "-e",
                "trace=execve,write,pwrite64,writev,pwritev",
                "-o",
                trace,
            ],
            ("Git__TrustedCertificates", certificate.File),
            ("TMPDIR", temporary),
            ("Git__Credentials__0__Host", $"127.0.0.1:{fixture.Server.Address.Port}"),
            ("Git__Credentials__0__Directory", await MountAsync(directory.New("mounted"), remotes.Mounted)),
            ("Git__Credentials__0__Namespaces__0", fixture.Namespace),
            ("Logging__LogLevel__CodeRepoOperator", "Debug")
        );
        await running.WhenReadyAsync(Token);
        foreach (var (name, secret) in remotes.Secrets)
        {
            Directory.CreateSymbolicLink(
                Path.Combine(Path.GetDirectoryName(fixture.Project.Bare)!, name),
                Path.GetDirectoryName(fixture.Project.Bare)!
            );
            await fixture.PutSecretAsync(name, secret);
        }

        foreach (var name in remotes.Names)
        {
            await fixture.CreateAsync(repo => Ask(repo, name, remotes.UrlOf(name), remotes.Secrets.ContainsKey(name) ? name : null));
        }

        // One worker has its credentials, and waits for a remote that is silent.
        await Eventually.True(() => remotes.IsHeld && Workers(running).Count > 0, CloneFixture.Soon, Token);
        await fixture.SeeAsync(
            "that a remote said too much",
            repo => repo.Status?.Conditions?.Any(one => one.Message.Contains("***", StringComparison.Ordinal)) == true,
            "echoes"
        );
        await fixture.SeeAsync(
            "that a remote said too much to a worker",
            repo => repo.Status?.Conditions?.Any(one => one.Message.Contains("***", StringComparison.Ordinal)) == true,
            "echoes-late"
        );
        AssertNotIn(remotes, await SeenAsync(fixture, running, temporary));
        Assert.Contains(await SeenAsync(fixture, running, temporary), seen =>
            seen.Where.EndsWith("/cmdline", StringComparison.Ordinal) && seen.Text.Contains("coderepo-git-worker", StringComparison.Ordinal)
        );

        // It crashes over it, and the next one gets what it asks for.
        remotes.LetGo();
        Workers(running).ForEach(worker => Signal.TrySend(worker, Signal.Kill));
        await Eventually.True(() => running.Log.Contains("crashed with exit code", StringComparison.Ordinal), CloneFixture.Soon, Token);
        foreach (var name in remotes.Names)
        {
            await fixture.SeeAsync("how it ends", repo => IsAt(repo, Remotes.EndsReady(name)), name);
        }

        Assert.Equal(0, await running.StopAsync(Token));
        var after = await SeenAsync(fixture, running: null, temporary);
        AssertNotIn(remotes, [.. after, ("the log", running.Log)]);
        Assert.Contains(after, seen => seen.Where.EndsWith("/accepted/.git/config", StringComparison.Ordinal));
        Assert.Contains(after, seen => seen.Where == "events" && seen.Text.Contains("AuthenticationFailed", StringComparison.Ordinal));
        Assert.Contains("Git worker", running.Log, StringComparison.Ordinal);
        AssertWritesAreMeant(remotes, await File.ReadAllLinesAsync(trace, Token));
    }

    /// <summary>Otherwise the test above would pass whatever leaked.</summary>
    [Theory]
    [InlineData("{0}")]
    [InlineData("+/ \"é%{0}&")]
    public void A_mark_is_found_however_it_was_written(string around)
    {
        var secret = new MarkedSecret(around);

        Assert.All(
            [
                secret.Value,
                Uri.EscapeDataString(secret.Value),
                System.Text.Json.JsonSerializer.Serialize(secret.Value),
                GitHttpServer.Basic("r", secret.Value),
                GitHttpServer.Basic("ro", secret.Value),
                GitHttpServer.Basic("robot", secret.Value),
            ],
            text => Assert.True(secret.IsIn(text), text)
        );
        Assert.False(secret.IsIn(new MarkedSecret(around).Value));
    }

    private static Task<SshKeyFile> KeyAsync(TemporaryDirectory directory, string name, string? passphrase) =>
        SshKeyFile.MakeAsync(Path.Combine(directory.Path, name), "ed25519", passphrase, form: null, Token);

    private static void Ask(CodeRepo repo, string name, string url, string? secret)
    {
        repo.Metadata.Name = name;
        repo.Spec.GitUrl = url;
        repo.Spec.Auth = secret is null ? null : new CodeRepoAuth { Secret = secret };
    }

    private static async Task<string> MountAsync(string directory, (string Key, string Value)[] keys)
    {
        foreach (var (key, value) in keys)
        {
            await File.WriteAllTextAsync(Path.Combine(directory, key), value, Token);
        }

        return directory;
    }

    private static bool IsAt(CodeRepo repo, bool ready) =>
        ready
            ? CloneFixture.Condition(repo, ConditionTypes.Ready) is { Status: "True", Reason: Reasons.Cloned }
            : CloneFixture.Condition(repo, ConditionTypes.Ready) is { Status: "False" } reported && reported.Reason != Reasons.Cloning;

    private static List<int> Workers(OperatorProcess running) =>
        [
            .. running.Children.Select(stat =>
                int.Parse(stat.AsSpan(0, stat.IndexOf(' ', StringComparison.Ordinal)), CultureInfo.InvariantCulture)
            ),
        ];

    /// <summary>All that others may see, each with where.</summary>
    private async Task<List<(string Where, string Text)>> SeenAsync(CloneFixture fixture, OperatorProcess? running, string temporary)
    {
        List<(string Where, string Text)> seen =
        [
            (
                "events",
                KubernetesJson.Serialize(await cluster.Admin.EventsV1.ListNamespacedEventAsync(fixture.Namespace, cancellationToken: Token))
            ),
            ("objects", KubernetesJson.Serialize(await fixture.ListAsync())),
        ];
        foreach (
            var file in Directory
                .EnumerateFiles(fixture.Store, "*", SearchOption.AllDirectories)
                .Concat(Directory.EnumerateFiles(temporary, "*", SearchOption.AllDirectories))
        )
        {
            Add(seen, file);
        }

        if (running is not null)
        {
            seen.Add(("metrics", (await running.GetAsync("/metrics", Token)).Body));
            seen.Add(("the log", running.Log));
            foreach (var process in Workers(running).Append(running.Id))
            {
                Add(seen, $"/proc/{process}/cmdline");
                Add(seen, $"/proc/{process}/environ");
            }
        }

        return seen;
    }

    private static void Add(List<(string Where, string Text)> seen, string file)
    {
        try
        {
            // What is no file but a pipe or a socket, as the runtime makes them, has no length and is not read.
            if (file.StartsWith("/proc/", StringComparison.Ordinal) || new FileInfo(file).Length > 0)
            {
                seen.Add((file, Encoding.Latin1.GetString(File.ReadAllBytes(file))));
            }
        }
        catch (IOException)
        {
            // It is gone, or the process has ended.
        }
    }

    private static void AssertNotIn(Remotes remotes, IEnumerable<(string Where, string Text)> seen) =>
        Assert.All(seen, one => Assert.All(remotes.Marks, mark => Assert.False(mark.IsIn(one.Text), one.Where)));

    /// <summary>
    /// What was written to a file at any time, and how programs were started. Pipes are for one reader, sockets to remotes are encrypted.
    /// </summary>
    private static void AssertWritesAreMeant(Remotes remotes, string[] calls)
    {
        var marked = calls.Where(call => remotes.Marks.Any(mark => mark.IsIn(call))).ToList();

        // The pipes to workers have them: this is what such a line looks like.
        Assert.Contains(marked, call => call.Contains("<pipe:[", StringComparison.Ordinal));
        Assert.Contains(marked, remotes.SshIdentity.IsIn);
        Assert.All(marked, call => Assert.Matches(@"^\d+ +(\w+\(|<\.\.\. )[^,]*<(pipe:\[|UNIX-STREAM:\[|socket:\[)", call));
        Assert.Contains(calls, call =>
            call.Contains("execve(", StringComparison.Ordinal) && call.Contains("coderepo-git-worker", StringComparison.Ordinal)
        );
    }

    /// <summary>What opens a real sshd.</summary>
    private sealed record SshAccess(string Url, MarkedSecret Identity, MarkedSecret Passphrase, string KnownHosts);

    /// <summary>One git server that treats each repository in another way, and what CodeRepos are to know of it.</summary>
    private sealed class Remotes
    {
        private readonly Uri _elsewhere;
        private readonly GitHttpServer _server;
        private readonly SshAccess _ssh;
        private readonly MarkedSecret _redirect = new();
        private readonly Dictionary<string, MarkedSecret> _passwords;
        private volatile bool _letGo;
        private volatile bool _isHeld;

        public Remotes(GitHttpServer server, Uri elsewhere, string proxy, SshAccess ssh)
        {
            (_server, _elsewhere, _ssh) = (server, elsewhere, ssh);
            string[] names = ["accepted", "refused", "token", "redirected", "echoes", "echoes-late", "mounted", "proxied"];
            _passwords = names.ToDictionary(name => name, name => new MarkedSecret(name == "token" ? "{0}" : "+/ \"é%{0}&"));
            server.Login = LoginOf;
            server.Fault = FaultOf;
            foreach (var (name, password) in _passwords.Where(one => one.Key != "mounted"))
            {
                Secrets[name] = name == "token" ? [("bearerToken", password.Value)] : [("username", "robot"), ("password", password.Value)];
            }

            var ofProxy = new MarkedSecret("+/ \"é%{0}&");
            Secrets["proxied"] =
            [
                .. Secrets["proxied"],
                ("proxyAddress", proxy),
                ("proxyUsername", "robot"),
                ("proxyPassword", ofProxy.Value),
            ];
            var (key, passphrase) = (
                new MarkedSecret("-----BEGIN OPENSSH PRIVATE KEY-----\n{0}\n-----END OPENSSH PRIVATE KEY-----\n"),
                new MarkedSecret()
            );
            Secrets["ssh"] = [("identity", key.Value), ("password", passphrase.Value), ("known_hosts", "127.0.0.1 ssh-ed25519 AAAA\n")];
            Secrets["ssh-accepted"] =
            [
                ("identity", ssh.Identity.Value),
                ("password", ssh.Passphrase.Value),
                ("known_hosts", ssh.KnownHosts),
            ];
            Secrets["ssh-refused"] = [("identity", ssh.Identity.Value), ("password", passphrase.Value), ("known_hosts", ssh.KnownHosts)];
            Marks = [.. _passwords.Values, key, passphrase, ssh.Identity, ssh.Passphrase, _redirect, ofProxy];
        }

        public Dictionary<string, (string Key, string Value)[]> Secrets { get; } = [];

        public (string Key, string Value)[] Mounted => [("username", "robot"), ("password", _passwords["mounted"].Value)];

        public IReadOnlyList<MarkedSecret> Marks { get; }

        /// <summary>The key that opens the real sshd.</summary>
        public MarkedSecret SshIdentity => _ssh.Identity;

        public IEnumerable<string> Names => Secrets.Keys.Append("mounted");

        /// <summary>Whether a worker waits for the pack.</summary>
        public bool IsHeld => _isHeld;

        public void LetGo() => _letGo = true;

        public static bool EndsReady(string name) => name is "accepted" or "token" or "mounted" or "proxied" or "ssh-accepted";

        public string UrlOf(string name) =>
            name switch
            {
                "ssh" => "ssh://git@127.0.0.1:1/hello.git",
                "ssh-accepted" or "ssh-refused" => _ssh.Url,
                "mounted" => _server.UrlOf("hello.git"),
                _ => _server.UrlOf($"{name}/hello.git"),
            };

        private static string NameOf(HttpRequest request)
        {
            var first = request.Path.Value!.Split('/')[1];
            return first == "hello.git" ? "mounted" : first;
        }

        private string LoginOf(HttpRequest request) =>
            NameOf(request) switch
            {
                "refused" => "Basic never",
                "token" => $"Bearer {_passwords["token"].Value}",
                var name => GitHttpServer.Basic("robot", _passwords[name].Value),
            };

        private RequestFault? FaultOf(HttpRequest request)
        {
            var (name, stage) = (NameOf(request), GitHttpServer.StageOf(request));
            switch (name)
            {
                case "redirected":
                    return new RequestFault { RedirectTo = new Uri(_elsewhere, $"/{_redirect.Value}/hello.git/info/refs{Query}") };
                case "echoes" or "echoes-late" when stage == (name == "echoes" ? RequestStage.InfoRefs : RequestStage.Fetch):
                    var line = $"ERR {new string(' ', 100)}{_passwords[name].Value} and {request.Headers.Authorization} are not welcome";
                    var bytes = Encoding.UTF8.GetBytes(line);
                    return new RequestFault { Body = $"{bytes.Length + 4:x4}{Encoding.Latin1.GetString(bytes)}" };
                case "accepted" when stage == RequestStage.Fetch && !_letGo:
                    _isHeld = true;
                    return new RequestFault { HangBeforeResponse = true };
                default:
                    return null;
            }
        }
    }
}
