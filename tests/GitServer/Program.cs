using System.Globalization;
using GitServer;

const string Usage = "usage: git-server --root DIR --port-file FILE [--port N] [--until-stdin-closes]";

string? root = null;
string? portFile = null;
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
        case "--until-stdin-closes":
            untilInputCloses = true;
            break;
        default:
            return Fail();
    }
}

if (root is null || portFile is null)
{
    return Fail();
}

await using var server = await GitHttpServer.StartAsync(root, new GitHttpServerOptions { Port = port });

// Renamed into place: whoever sees the file sees the whole number.
var draft = $"{portFile}.{Environment.ProcessId}";
await File.WriteAllTextAsync(draft, server.Address.Port.ToString(CultureInfo.InvariantCulture));
File.Move(draft, portFile, overwrite: true);

var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
using var term = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context =>
{
    context.Cancel = true;
    ended.TrySetResult();
});
await (untilInputCloses ? Task.WhenAny(ended.Task, Console.In.ReadToEndAsync()) : ended.Task);
return 0;

static int Fail()
{
    Console.Error.WriteLine(Usage);
    return 2;
}
