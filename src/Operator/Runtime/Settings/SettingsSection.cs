namespace CodeRepoOperator.Runtime.Settings;

/// <summary>A section of the settings.</summary>
/// <param name="Name">Its name.</param>
internal sealed record SettingsSection(string Name);
