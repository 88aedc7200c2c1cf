using CodeRepoOperator.Entities;
using CodeRepoOperator.Remotes.Urls;

namespace CodeRepoOperator.Remotes.Submodules;

public sealed class SubmoduleUrlTests
{
    [Theory]
    [InlineData("https://host/team/app.git", "../lib.git", "https://host/team/lib.git")]
    [InlineData("https://host/team/app.git", "../../other/lib.git", "https://host/other/lib.git")]
    [InlineData("https://host/team/app.git", "./lib.git", "https://host/team/app.git/lib.git")]
    [InlineData("https://host/team/app.git", ".././lib.git", "https://host/team/lib.git")]
    [InlineData("https://host/team/app.git/", "../lib.git/", "https://host/team/lib.git")]
    [InlineData("https://robot@host:8443/team/app.git", "../lib.git", "https://robot@host:8443/team/lib.git")]
    [InlineData("ssh://git@host:2222/team/app.git", "../lib.git", "ssh://git@host:2222/team/lib.git")]
    [InlineData("git@host:team/app.git", "../lib.git", "git@host:team/lib.git")]
    [InlineData("git@host:app.git", "../lib.git", "git@host:lib.git")]
    [InlineData("git@host:/srv/app.git", "../lib.git", "git@host:/srv/lib.git")]
    [InlineData("https://host/app.git", "https://other/lib.git", "https://other/lib.git")]
    [InlineData("https://host/app.git", "git@other:lib.git", "git@other:lib.git")]
    public void A_url_is_read_as_git_does(string parent, string written, string expected) =>
        Assert.Equal(GitUrl.Parse(expected).Value, SubmoduleUrl.Resolve(written, GitUrl.Parse(parent).Value!).Value);

    [Theory]
    [InlineData("https://host/app.git", "../../evil.example.com/x.git")]
    [InlineData("https://host/app.git", "../../../x.git")]
    [InlineData("https://host/app.git", "../../../../../../x.git")]
    [InlineData("https://host/app.git", "..")]
    [InlineData("https://host/app.git", "../")]
    [InlineData("git@host:app.git", "../../x.git")]
    [InlineData("git@host:app.git", "../../evil:x.git")]
    [InlineData("https://host/app.git", "../a/../../../b")]
    [InlineData("https://host/app.git", "../%2e%2e/b")]
    [InlineData("https://host/app.git", "lib.git")]
    [InlineData("https://host/app.git", "/srv/lib.git")]
    [InlineData("https://host/app.git", "file:///srv/lib.git")]
    [InlineData("https://host/app.git", "ext::sh -c touch% /tmp/x")]
    [InlineData("https://host/app.git", "--upload-pack=touch")]
    [InlineData("https://host/app.git", "-u")]
    [InlineData("https://host/app.git", "../-u\n")]
    [InlineData("https://host/app.git", "")]
    [InlineData("https://host/app.git", "https://user:word@host/lib.git")]
    [InlineData("https://host/app.git", "https://other/a\u0000b")]
    public void What_leads_elsewhere_is_refused_and_not_repeated(string parent, string written)
    {
        var failure = SubmoduleUrl.Resolve(written, GitUrl.Parse(parent).Value!).Failure;

        Assert.Equal(Reasons.InvalidUrl, failure?.Reason);
        Assert.True(written.Length < 4 || !failure!.Message.Contains(written, StringComparison.Ordinal));
        Assert.DoesNotContain("word@", failure!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_place_leads_from_the_tree_to_its_git_directory_and_back()
    {
        var place = new SubmodulePlace("vendor/lib/in", "modules/lib/modules/in", "https://host/in.git", new string('1', 40));

        Assert.True(place.IsPossible);
        Assert.Equal("gitdir: ../../../.git/modules/lib/modules/in\n", place.GitFile);
        Assert.Equal("../../../../../vendor/lib/in", place.WayToTree);
    }

    [Theory]
    [InlineData("../x", "modules/a")]
    [InlineData("/x", "modules/a")]
    [InlineData("x/.git/y", "modules/a")]
    [InlineData("", "modules/a")]
    [InlineData("x", "")]
    [InlineData("x", "modules")]
    [InlineData("x", "objects/a")]
    [InlineData("x", "modules/../objects")]
    [InlineData("x", "modules/a/")]
    public void A_place_outside_of_the_clone_is_none(string path, string modules) =>
        Assert.False(new SubmodulePlace(path, modules, "https://host/x.git", new string('1', 40)).IsPossible);
}
