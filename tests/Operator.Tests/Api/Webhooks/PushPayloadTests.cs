using System.Text;
using System.Text.Json;

namespace CodeRepoOperator.Api.Webhooks;

/// <summary>With what the providers send, less what nobody reads here.</summary>
public sealed class PushPayloadTests
{
    private const string GitHub = """
        {
          "ref": "refs/heads/feature/with-slash",
          "before": "6113728f27ae82c7b1a177c8d03f9e96e0adf246",
          "after": "0000000000000000000000000000000000000000",
          "repository": {
            "id": 186853002, "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=", "name": "Hello-World", "full_name": "Codertocat/Hello-World",
            "private": false, "owner": {"name": "Codertocat", "url": "https://api.github.com/users/Codertocat"},
            "html_url": "https://github.com/Codertocat/Hello-World", "description": null, "fork": false,
            "url": "https://github.com/Codertocat/Hello-World", "forks_url": "https://api.github.com/repos/Codertocat/Hello-World/forks",
            "created_at": 1557933565, "updated_at": "2019-05-15T15:20:41Z", "pushed_at": 1557933657,
            "git_url": "git://github.com/Codertocat/Hello-World.git", "ssh_url": "git@github.com:Codertocat/Hello-World.git",
            "clone_url": "https://github.com/Codertocat/Hello-World.git", "svn_url": "https://github.com/Codertocat/Hello-World",
            "homepage": null, "size": 0, "default_branch": "main", "master_branch": "main"
          },
          "pusher": {"name": "Codertocat", "email": "21031067+Codertocat@users.noreply.github.com"},
          "created": false, "deleted": true, "forced": false, "base_ref": null, "commits": [], "head_commit": null
        }
        """;

    private const string GitLab = """
        {
          "object_kind": "push", "event_name": "push", "before": "95790bf891e76fee5e1747ab589903a6a1f80f22",
          "after": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "ref": "refs/heads/master", "ref_protected": true,
          "checkout_sha": "da1560886d4f094c3e6c9ef40349f7d38b5d27d7", "user_id": 4, "user_name": "John Smith", "project_id": 15,
          "project": {
            "id": 15, "name": "Diaspora", "description": "", "web_url": "http://example.com/mike/diaspora", "avatar_url": null,
            "git_ssh_url": "git@example.com:mike/diaspora.git", "git_http_url": "http://example.com/mike/diaspora.git", "namespace": "Mike",
            "visibility_level": 0, "path_with_namespace": "mike/diaspora", "default_branch": "master",
            "homepage": "http://example.com/mike/diaspora", "url": "git@example.com:mike/diaspora.git",
            "ssh_url": "git@example.com:mike/diaspora.git", "http_url": "http://example.com/mike/diaspora.git"
          },
          "repository": {
            "name": "Diaspora", "url": "git@example.com:mike/diaspora.git", "description": "", "homepage": "http://example.com/mike/diaspora",
            "git_http_url": "http://example.com/mike/diaspora.git", "git_ssh_url": "git@example.com:mike/diaspora.git", "visibility_level": 0
          },
          "commits": [], "total_commits_count": 4
        }
        """;

    private const string Gitea = """
        {
          "ref": "refs/heads/develop", "before": "28e1879d029cb852e4844d9c718537df08844e03", "after": "bffeb74224043ba2feb48d137756c8a9331c449a",
          "compare_url": "http://localhost:3000/gitea/webhooks/compare/28e1879d029cb852e4844d9c718537df08844e03...bffeb74224043ba2feb48d137756c8a9331c449a",
          "commits": [],
          "repository": {
            "id": 140, "owner": {"id": 1, "login": "gitea", "full_name": "Gitea"}, "name": "webhooks", "full_name": "gitea/webhooks",
            "private": false, "fork": false, "html_url": "http://localhost:3000/gitea/webhooks", "ssh_url": "ssh://gitea@localhost:2222/gitea/webhooks.git",
            "clone_url": "http://localhost:3000/gitea/webhooks.git", "website": "", "default_branch": "master"
          },
          "pusher": {"id": 1, "login": "gitea"}, "sender": {"id": 1, "login": "gitea"}
        }
        """;

    public static TheoryData<string, string, string, string[]> Payloads =>
        new()
        {
            {
                GitHub,
                "feature/with-slash",
                "main",
                ["https://github.com/Codertocat/Hello-World", "ssh://git@github.com/Codertocat/Hello-World"]
            },
            { GitLab, "master", "master", ["http://example.com/mike/diaspora", "ssh://git@example.com/mike/diaspora"] },
            { Gitea, "develop", "master", ["http://localhost:3000/gitea/webhooks", "ssh://gitea@localhost:2222/gitea/webhooks"] },
        };

    [Theory]
    [InlineData("""{"ref": "\ud800"}""")]
    [InlineData("""{"ref": "refs/heads/\udc00"}""")]
    [InlineData("""{"\ud800": 1, "ref": "refs/heads/main"}""")]
    [InlineData("""{"ref": "refs/heads/main", "repository": {"clone_url": "https://example.com/\ud83dx.git"}}""")]
    [InlineData("""{"ref": "refs/heads/main", "commits": [{"message": "\ud800"}]}""")]
    public void Half_of_a_surrogate_pair_is_no_text(string payload) =>
        Assert.ThrowsAny<JsonException>(() => PushPayload.Read(Encoding.UTF8.GetBytes(payload)));

    [Theory]
    [InlineData("{\"ref\": \"?\"}")]
    [InlineData("{\"?\": 1, \"ref\": \"refs/heads/main\"}")]
    public void Bytes_that_are_not_UTF8_are_no_text(string payload) =>
        Assert.ThrowsAny<JsonException>(() =>
            PushPayload.Read(Encoding.UTF8.GetBytes(payload).Select(one => one == (byte)'?' ? (byte)0xff : one).ToArray())
        );

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_push_is_read_of_each_provider(string payload, string branch, string defaultBranch, string[] urls)
    {
        var push = PushPayload.Read(Encoding.UTF8.GetBytes(payload))!;
        Assert.Equal(($"refs/heads/{branch}", defaultBranch), (push.Ref, push.DefaultBranch));
        Assert.Equal(urls, push.Repositories.Select(one => one.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_pushed_tag_is_read_too() =>
        Assert.Equal(
            "refs/tags/v1",
            PushPayload.Read("""{"ref": "refs/tags/v1", "repository": {"clone_url": "https://example.com/a"}}"""u8.ToArray())?.Ref
        );

    [Theory]
    [InlineData("""{"ref": "refs/notes/commits", "repository": {"clone_url": "https://example.com/a"}}""")]
    [InlineData("""{"ref": "refs/heads/main", "repository": {}}""")]
    [InlineData("""{"ref": "refs/heads/main", "repository": {"clone_url": "file:///etc"}}""")]
    [InlineData("""{"ref": "refs/heads/main", "repository": "https://example.com/a"}""")]
    [InlineData("""{"ref": 5, "repository": {"clone_url": "https://example.com/a"}}""")]
    [InlineData("""{"zen": "Design for failure.", "hook_id": 1}""")]
    [InlineData("[]")]
    [InlineData("null")]
    public void What_reports_no_branch_of_a_repository_is_passed_over(string payload) =>
        Assert.Null(PushPayload.Read(Encoding.UTF8.GetBytes(payload)));

    [Theory]
    [InlineData("")]
    [InlineData("payload=%7B%7D")]
    [InlineData("{")]
    public void What_is_no_JSON_is_reported(string payload) =>
        Assert.ThrowsAny<JsonException>(() => PushPayload.Read(Encoding.UTF8.GetBytes(payload)));

    [Fact]
    public void What_is_nested_without_end_is_reported() =>
        Assert.ThrowsAny<JsonException>(() => PushPayload.Read(Encoding.UTF8.GetBytes(new string('[', 100_000))));
}
