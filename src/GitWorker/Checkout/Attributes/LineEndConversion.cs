namespace CodeRepoOperator.GitWorker.Checkout.Attributes;

/// <summary>What becomes of the line ends of a file that is checked out, where lines end with LF by themselves.</summary>
internal enum LineEndConversion
{
    None,

    /// <summary>They stay, but whether the file is a text was for git to find out (<c>text=auto</c>).</summary>
    NoneAfterLook,

    /// <summary>Each LF becomes CR LF.</summary>
    CrLf,

    /// <summary>Each LF becomes CR LF if the file looks like a text all of whose lines end with LF.</summary>
    CrLfIfText,
}
