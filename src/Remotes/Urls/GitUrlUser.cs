using System.Text.RegularExpressions;
using CodeRepoOperator.Remotes.Failures;

namespace CodeRepoOperator.Remotes.Urls;

/// <summary>
/// Judges the user name in a <see cref="GitUrl"/>. A name is no secret, and hosts hand out URLs with one; passwords are refused, and tokens
/// in the place of a name.
/// </summary>
internal static partial class GitUrlUser
{
    /// <summary>Reads what stands before the <c>@</c> of <c>scheme://user@host/</c>, where it may be percent-encoded.</summary>
    public static Attempt<string> OfUrl(string scheme, string written)
    {
        var user = Uri.UnescapeDataString(written);
        if (Refused(written, user) is { } refused)
        {
            return refused;
        }

        if (scheme == "ssh")
        {
            return user;
        }

        // curl takes the first @ for the end of the name, so that nobody would know which host is meant.
        if (written.Contains('@', StringComparison.Ordinal))
        {
            return GitUrl.Refused("The user name in the git URL holds an @: write it as %40.");
        }

        return TokenPattern().IsMatch(user)
            ? GitUrl.Refused(
                "The git URL holds a token in the place of a user name, where everybody could read it: leave it out, "
                    + "and put it as password into a Secret named by spec.auth.secret."
            )
            : user;
    }

    /// <summary>Reads what stands before the <c>@</c> of <c>user@host:path</c>, which is as it is.</summary>
    public static Attempt<string> OfScpLike(string written) => Refused(written, written) is { } refused ? refused : written;

    /// <summary>A password that is written into a URL, in whatever place.</summary>
    public static CloneFailure HoldsPassword() =>
        GitUrl.Refused(
            "The git URL holds a password: leave it out, with the colon before it, and put the password or key into a Secret "
                + "named by spec.auth.secret."
        );

    private static CloneFailure? Refused(string written, string user) =>
        user switch
        {
            _ when user.Contains(':', StringComparison.Ordinal) => HoldsPassword(),
            "" => GitUrl.Refused("The user name in the git URL is empty: write it, or leave out the @."),
            _ when user[0] == '-' => GitUrl.Refused(
                "The user name in the git URL starts with a dash, as an option would: write the right one."
            ),
            _ when user.Contains('/', StringComparison.Ordinal) || RemoteText.HoldsUnseen(user) => GitUrl.Refused(
                "The user name in the git URL holds an encoded slash or control character: write the right one."
            ),
            _ when !WrittenPattern().IsMatch(written) => GitUrl.Refused(
                "The user name in the git URL holds what must be percent-encoded there, in the form ssh://user@host/path: "
                    + "letters, digits and -._~!$&'()*+,;= may stand as they are."
            ),
            _ => null,
        };

    // An @ may be a part of it, not its start. What URLs never have unencoded is refused in user@host:path as well: some reader would end
    // the name there.
    [GeneratedRegex(
        """^[^\x00-\x20\x7F-\xA0"#/:<>?\[\\\]^`{|}@][^\x00-\x20\x7F-\xA0"#/:<>?\[\\\]^`{|}]*\z""",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex WrittenPattern();

    // Tokens of GitHub, GitLab and Bitbucket by their prefixes; those of Azure DevOps and Gitea, and older ones, by a length that no name
    // has.
    [GeneratedRegex(
        @"^(gh[opsur]_|github_pat_|gl(pat|dt|cbt|ptt)-|(atbb|atctt|bbdc-).{20,}|[a-z0-9]{40,}\z)",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000
    )]
    private static partial Regex TokenPattern();
}
