using System.Text;
using System.Text.Json;
using CodeRepoOperator.Remotes.Urls;

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

    /// <summary>Its own example, with a second branch. Of the addresses the documentation gives the old one.</summary>
    private const string AzureDevOps = """
        {
          "subscriptionId": "00000000-0000-0000-0000-000000000000", "notificationId": 3,
          "id": "03c164c2-8912-4d5e-8009-3707d5f83734", "eventType": "git.push", "publisherId": "tfs",
          "message": {"text": "Jamal Hartnett pushed updates to Fabrikam-Fiber-Git:master."},
          "resource": {
            "commits": [{"commitId": "33b55f7cb7e7e245323987634f960cf4a6e6bc74", "comment": "Fixed bug in web.config file"}],
            "refUpdates": [
              {
                "name": "refs/heads/master", "oldObjectId": "aad331d8d3b131fa9ae03cf5e53965b51942618a",
                "newObjectId": "33b55f7cb7e7e245323987634f960cf4a6e6bc74"
              },
              {
                "name": "refs/heads/gone", "oldObjectId": "aad331d8d3b131fa9ae03cf5e53965b51942618a",
                "newObjectId": "0000000000000000000000000000000000000000"
              },
              {"name": "refs/pull/1/merge"}
            ],
            "repository": {
              "id": "278d5cd2-584d-4b63-824a-2ba458937249", "name": "Fabrikam-Fiber-Git",
              "url": "https://fabrikam-fiber-inc.visualstudio.com/DefaultCollection/_apis/git/repositories/278d5cd2-584d-4b63-824a-2ba458937249",
              "project": {"id": "6ce954b1-ce1f-45d1-b94d-e6bf2464ba2c", "name": "Fabrikam-Fiber-Git", "state": "wellFormed"},
              "defaultBranch": "refs/heads/master",
              "remoteUrl": "https://fabrikam-fiber-inc.visualstudio.com/DefaultCollection/_git/Fabrikam-Fiber-Git"
            },
            "pushedBy": {"displayName": "Jamal Hartnett"}, "pushId": 14, "date": "2014-05-02T19:17:13.3309587Z"
          },
          "resourceVersion": "1.0", "createdDate": "2026-03-04T12:26:32.3129834Z"
        }
        """;

    private const string Bitbucket = """
        {
          "actor": {"type": "user", "display_name": "Emma"},
          "repository": {
            "type": "repository", "full_name": "team_name/repo_name", "name": "repo_name", "scm": "git", "is_private": true,
            "links": {
              "self": {"href": "https://api.bitbucket.org/2.0/repositories/team_name/repo_name"},
              "html": {"href": "https://bitbucket.org/team_name/repo_name"}
            },
            "mainbranch": {"type": "branch", "name": "main"}, "uuid": "{673a6070-3421-46c9-9d48-90745f7bfe8e}"
          },
          "push": {
            "changes": [
              {
                "new": {"type": "branch", "name": "feature/one", "target": {"type": "commit", "hash": "709d658dc5b6d6afcd46049c2f332ee3f515a67d"}},
                "old": {"type": "branch", "name": "feature/one", "target": {"type": "commit", "hash": "1e65c05c1d5171631d92438a13901ca7dae9618c"}},
                "created": false, "forced": false, "closed": false, "truncated": false, "commits": []
              },
              {"new": null, "old": {"type": "branch", "name": "gone"}, "created": false, "forced": false, "closed": true},
              {"new": {"type": "tag", "name": "v1"}, "old": null, "created": true, "forced": false, "closed": false},
              {"new": {"type": "bookmark", "name": "not git's"}, "old": null}
            ]
          }
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
        Assert.ThrowsAny<JsonException>(() => PushPayload.Read(HookProvider.GitHub, Encoding.UTF8.GetBytes(payload)));

    [Theory]
    [InlineData("{\"ref\": \"?\"}")]
    [InlineData("{\"?\": 1, \"ref\": \"refs/heads/main\"}")]
    public void Bytes_that_are_not_UTF8_are_no_text(string payload) =>
        Assert.ThrowsAny<JsonException>(() =>
            PushPayload.Read(
                HookProvider.GitHub,
                Encoding.UTF8.GetBytes(payload).Select(one => one == (byte)'?' ? (byte)0xff : one).ToArray()
            )
        );

    [Theory]
    [MemberData(nameof(Payloads))]
    public void A_push_is_read_of_each_provider(string payload, string branch, string defaultBranch, string[] urls)
    {
        var push = Read(HookProvider.GitHub, payload)!.Push;
        Assert.Equal(($"refs/heads/{branch}", defaultBranch), (push.Refs.Single(), push.DefaultBranch));
        Assert.Equal(urls, push.Repositories.Select(one => one.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_pushed_tag_is_read_too() =>
        Assert.Equal(
            "refs/tags/v1",
            PushPayload
                .Read(HookProvider.GitHub, """{"ref": "refs/tags/v1", "repository": {"clone_url": "https://example.com/a"}}"""u8.ToArray())
                ?.Push.Refs.Single()
        );

    [Fact]
    public void A_service_hook_of_Azure_DevOps_reports_all_branches_of_a_push()
    {
        var delivery = Read(HookProvider.AzureDevOps, AzureDevOps)!;
        Assert.Equal(["refs/heads/gone", "refs/heads/master"], delivery.Push.Refs.Order(StringComparer.Ordinal));
        Assert.Equal(("master", "03c164c2-8912-4d5e-8009-3707d5f83734"), (delivery.Push.DefaultBranch, delivery.Id));
    }

    [Theory]
    [InlineData("https://org@dev.azure.com/org/project/_git/repo")]
    [InlineData("https://org.visualstudio.com/project/_git/repo")]
    [InlineData("https://org.visualstudio.com/DefaultCollection/project/_git/repo")]
    public void All_addresses_of_a_repository_of_Azure_DevOps_are_meant_by_one(string remoteUrl)
    {
        var meant = Read(HookProvider.AzureDevOps, OfAzureDevOps(remoteUrl))!.Push.Repositories;
        Assert.All(
            (string[])
                [
                    "https://org@dev.azure.com/org/project/_git/repo",
                    "https://dev.azure.com/org/project/_git/repo",
                    "git@ssh.dev.azure.com:v3/org/project/repo",
                    "ssh://git@ssh.dev.azure.com/v3/org/project/repo",
                    "https://org.visualstudio.com/project/_git/repo",
                    "https://org.visualstudio.com/DefaultCollection/project/_git/repo",
                    "org@vs-ssh.visualstudio.com:v3/org/project/repo",
                ],
            url => Assert.Contains(RepoIdentity.TryParse(url)!.Value, meant)
        );
        Assert.All(
            (string[])
                [
                    "https://dev.azure.com/org/project/_git/other",
                    "https://dev.azure.com/org/repo/_git/repo",
                    "https://dev.azure.com/org/_git/repo",
                    "https://dev.azure.com/other/project/_git/repo",
                    "git@ssh.dev.azure.com:v3/org/repo/project",
                ],
            url => Assert.DoesNotContain(RepoIdentity.TryParse(url)!.Value, meant)
        );
    }

    [Theory]
    [InlineData("a project's first repository", "https://dev.azure.com/org/_git/project", "https://dev.azure.com/org/project/_git/project")]
    [InlineData("by its whole address", "https://dev.azure.com/org/project/_git/project", "https://dev.azure.com/org/_git/project")]
    [InlineData("a space, over SSH", "https://dev.azure.com/org/My%20Project/_git/repo", "git@ssh.dev.azure.com:v3/org/My%20Project/repo")]
    [InlineData(
        "a server of one's own",
        "https://tfs.example.com/tfs/Main/project/_git/repo",
        "https://tfs.example.com/tfs/Main/project/_git/repo"
    )]
    [InlineData(
        "a host that is called alike",
        "https://dev.azure.com.example.com/a/b/_git/c",
        "https://dev.azure.com.example.com/a/b/_git/c"
    )]
    public void An_address_of_Azure_DevOps_is_that_of(string what, string remoteUrl, string url) =>
        Assert.True(
            Read(HookProvider.AzureDevOps, OfAzureDevOps(remoteUrl))!.Push.Repositories.Contains(RepoIdentity.TryParse(url)!.Value),
            what
        );

    [Fact]
    public void Bitbucket_reports_all_branches_and_tags_of_a_push()
    {
        var push = Read(HookProvider.Bitbucket, Bitbucket)!.Push;
        Assert.Equal(["refs/heads/feature/one", "refs/heads/gone", "refs/tags/v1"], push.Refs.Order(StringComparer.Ordinal));
        Assert.Equal("main", push.DefaultBranch);
        Assert.Equal(
            [
                "https://bitbucket.org/team_name/repo_name",
                "ssh://git@altssh.bitbucket.org:443/team_name/repo_name",
                "ssh://git@bitbucket.org/team_name/repo_name",
            ],
            push.Repositories.Select(one => one.ToString()).Order(StringComparer.Ordinal)
        );
    }

    [Theory]
    [InlineData("""{"git_url": "https://example.com/a.git", "ref": "refs/heads/main"}""", "refs/heads/main", null)]
    [InlineData("""{"git_url": "https://example.com/a", "ref": "refs/tags/v1", "id": "7"}""", "refs/tags/v1", "7")]
    [InlineData("""{"git_url": "https://example.com/a", "ref": null}""", null, null)]
    [InlineData("""{"git_url": "https://example.com/a"}""", null, null)]
    public void Anybody_reports_a_ref_or_that_any_may_have_moved(string payload, string? reference, string? id)
    {
        var delivery = Read(HookProvider.Generic, payload)!;
        Assert.Equal(
            ("https://example.com/a", reference, id),
            (delivery.Push.Repositories.Single().ToString(), delivery.Push.Refs.SingleOrDefault(), delivery.Id)
        );
    }

    [Theory]
    [InlineData(
        "AzureDevOps",
        """{"eventType": "git.pullrequest.created", "resource": {"repository": {"remoteUrl": "https://example.com/a"}}}"""
    )]
    [InlineData("AzureDevOps", """{"eventType": "git.push", "resource": {"refUpdates": [{"name": "refs/heads/main"}]}}""")]
    [InlineData("AzureDevOps", """{"eventType": "git.push", "resource": {"repository": {"remoteUrl": "https://example.com/a"}}}""")]
    [InlineData("AzureDevOps", """{"eventType": "git.push", "resource": {"refUpdates": "refs/heads/main"}}""")]
    [InlineData("AzureDevOps", """{"eventType": "git.push"}""")]
    [InlineData("Bitbucket", """{"repository": {"full_name": "a/b"}, "push": {"changes": []}}""")]
    [InlineData("Bitbucket", """{"repository": {"full_name": "a/b"}, "push": {"changes": [{"new": null, "old": null}]}}""")]
    [InlineData("Bitbucket", """{"push": {"changes": [{"new": {"type": "branch", "name": "main"}}]}}""")]
    [InlineData("Bitbucket", """{"repository": 1, "push": []}""")]
    [InlineData("Generic", """{"git_url": "https://example.com/a", "ref": "main"}""")]
    [InlineData("Generic", """{"git_url": "https://example.com/a", "ref": 5}""")]
    [InlineData("Generic", """{"git_url": "file:///etc", "ref": "refs/heads/main"}""")]
    [InlineData("Generic", """{"ref": "refs/heads/main"}""")]
    [InlineData("Generic", "[]")]
    public void What_reports_nothing_that_is_followed_is_passed_over(string provider, string payload) =>
        Assert.Null(Read(Enum.Parse<HookProvider>(provider), payload));

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
        Assert.Null(PushPayload.Read(HookProvider.GitHub, Encoding.UTF8.GetBytes(payload)));

    [Theory]
    [InlineData("")]
    [InlineData("payload=%7B%7D")]
    [InlineData("{")]
    public void What_is_no_JSON_is_reported(string payload) =>
        Assert.ThrowsAny<JsonException>(() => PushPayload.Read(HookProvider.GitHub, Encoding.UTF8.GetBytes(payload)));

    [Fact]
    public void What_is_nested_without_end_is_reported() =>
        Assert.ThrowsAny<JsonException>(() => PushPayload.Read(HookProvider.GitHub, Encoding.UTF8.GetBytes(new string('[', 100_000))));

    private static PushDelivery? Read(HookProvider provider, string payload) => PushPayload.Read(provider, Encoding.UTF8.GetBytes(payload));

    private static string OfAzureDevOps(string remoteUrl) =>
        JsonSerializer.Serialize(
            new
            {
                eventType = "git.push",
                resource = new { refUpdates = new[] { new { name = "refs/heads/main" } }, repository = new { remoteUrl } },
            }
        );
}
