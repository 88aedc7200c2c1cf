using System.Text.RegularExpressions;
using CsCheck;

namespace CodeRepoOperator.Indexing.Importing;

public sealed class RepoNameTests
{
    [Theory]
    [InlineData("as it is called", "hello", "https://h/x", "hello")]
    [InlineData("with its owner", "Team/Hello World", "https://h/x", "team-hello-world")]
    [InlineData("not called anything", null, "https://h/team/Hello.World", "hello-world")]
    [InlineData("called nothing that can stay", "日本語", "https://h/team/x", "x")]
    [InlineData("nothing at all", "--", "https://h/日本", "repo")]
    [InlineData("dashes at its ends", "-_hello_-", "https://h/x", "hello")]
    [InlineData("a path of a file system", "../../etc/passwd", "https://h/x", "etc-passwd")]
    [InlineData("a number", "42", "https://h/x", "42")]
    public void A_name_is_one_that_Kubernetes_takes(string what, string? called, string path, string name) =>
        Assert.Equal((what, name), (what, RepoName.For(called, path)));

    [Fact]
    public void Whatever_it_is_called_it_is_a_label() =>
        Gen.Select(Gen.String, Gen.String)
            .Sample(
                (called, identity) =>
                {
                    var name = RepoName.For(called, $"https://h/{identity}");
                    var distinct = RepoName.Distinct(name, identity);
                    Assert.All([name, distinct], label =>
                        Assert.True(
                            label.Length <= 63
                                && Regex.IsMatch(
                                    label,
                                    @"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z",
                                    RegexOptions.ExplicitCapture,
                                    TimeSpan.FromSeconds(1)
                                ),
                            label
                        )
                    );
                    Assert.NotEqual(name, distinct);
                    Assert.Equal(distinct, RepoName.Distinct(name, identity));
                }
            );

    [Fact]
    public void Long_names_are_cut() =>
        Assert.Equal((63, 63), (RepoName.For(new string('a', 99), "").Length, RepoName.Distinct(new string('a', 63), "x").Length));
}
