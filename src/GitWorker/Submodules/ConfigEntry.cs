namespace CodeRepoOperator.GitWorker.Submodules;

/// <summary>A setting in a file of git's configuration.</summary>
/// <param name="Section">Its section, in lower case.</param>
/// <param name="Subsection">What is in quotes behind it; null: nothing.</param>
/// <param name="Key">Its name, in lower case.</param>
/// <param name="Value">Its value; null: only the name is there, which git takes for true.</param>
internal sealed record ConfigEntry(string Section, string? Subsection, string Key, string? Value);
