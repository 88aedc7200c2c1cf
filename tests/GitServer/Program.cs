using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using GitServer;

const string Usage =
    "usage: git-server --root DIR --port-file FILE [--port N] [--address IP] [--certificate FILE --key FILE] "
    + "[--login USER:PASSWORD] [--imitate HOST] [--until-stdin-closes]";

string? root = null;
string? portFile = null;
string? certificate = null;
string? key = null;
string[]? login = null;
Func<HttpRequest, RequestFault?>? host = null;
var address = IPAddress.Loopback;
var port = 0;
var untilInputCloses = false;
for (var i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--root" when i + 1 < args.Length:
            root = Path.GetFullPath(args[++i]);
            break;
        case "--port-file" when i + 1 < args.Length:
            portFile = Path.GetFullPath(args[++i]);
            break;
        case "--port" when i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out port):
            i++;
            break;
        case "--address" when i + 1 < args.Length && IPAddress.TryParse(args[i + 1], out var parsed):
            address = parsed;
            i++;
            break;
        case "--certificate" when i + 1 < args.Length:
            certificate = args[++i];
            break;
        case "--key" when i + 1 < args.Length:
            key = args[++i];
            break;
        case "--login" when i + 1 < args.Length && args[i + 1].Split(':', 2) is { Length: 2 } pair:
            login = pair;
            i++;
            break;
        case "--imitate" when i + 1 < args.Length && ImitatedHosts.Find(args[i + 1]) is { } imitated:
            host = imitated;
            i++;
            break;
        case "--until-stdin-closes":
            untilInputCloses = true;
            break;
        default:
            return Fail();
    }
}

if (root is null || portFile is null || (certificate is null) != (key is null))
{
    return Fail();
}

await using var server = await GitHttpServer.StartAsync(
    root,
    new GitHttpServerOptions
    {
        Address = address,
        Port = port,
        Certificate = certificate is null ? null : X509Certificate2.CreateFromPemFile(certificate, key),
        UserName = login?[0],
        Password = login?[1],
    }
);
server.Fault = host ?? server.Fault;

// Renamed into place: whoever sees the file sees the whole number.
var draft = $"{portFile}.{Environment.ProcessId}";
await File.WriteAllTextAsync(draft, server.Address.Port.ToString(CultureInfo.InvariantCulture));
File.Move(draft, portFile, overwrite: true);

var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(
    System.Runtime.InteropServices.PosixSignal.SIGTERM,
    context =>
    {
        context.Cancel = true;
        ended.TrySetResult();
    }
);
await (untilInputCloses ? Task.WhenAny(ended.Task, Console.In.ReadToEndAsync()) : ended.Task);
return 0;

static int Fail()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
