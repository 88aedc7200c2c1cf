namespace CodeRepoOperator.Machinery.Git;

/// <summary>A port of an <see cref="SshServer"/>.</summary>
/// <param name="Name">What it does.</param>
/// <param name="Settings">Lines of sshd_config for those who connect to it.</param>
internal sealed record SshPort(string Name, params IReadOnlyList<string> Settings);
