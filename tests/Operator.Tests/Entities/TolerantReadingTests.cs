using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace CodeRepoOperator.Entities;

/// <summary>What a CRD that was relaxed by hand lets in costs one CodeRepo, and never the list that it is in.</summary>
public sealed class TolerantReadingTests
{
    [Theory]
    [InlineData("""{"git_url":"https://host/x","depth":"x"}""", "depth")]
    [InlineData("""{"git_url":"https://host/x","depth":99999999999}""", "depth")]
    [InlineData("""{"git_url":"https://host/x","suspend":"yes"}""", "suspend")]
    [InlineData("""{"git_url":"https://host/x","policy":"Lazy"}""", "policy")]
    [InlineData("""{"git_url":"https://host/x","interval":5}""", "interval")]
    [InlineData("""{"git_url":"https://host/x","timeout":null}""", "timeout")]
    [InlineData("""{"git_url":"https://host/x","interval":null}""", "interval")]
    [InlineData("""{"git_url":"https://host/x","branch":["main"]}""", "branch")]
    [InlineData("""{"git_url":"https://host/x","auth":"git"}""", "auth")]
    [InlineData("""{"git_url":"https://host/x","auth":{"secret":{}}}""", "auth.secret")]
    [InlineData("""{"git_url":"https://host/x","indexing":{"threshold":5}}""", "indexing.threshold")]
    [InlineData("""{"git_url":"https://host/x","storage":{"size":"1Gi","accessModes":"all"}}""", "storage.accessModes")]
    [InlineData("""{"git_url":null}""", "git_url")]
    [InlineData("""{"git_url":{}}""", "git_url")]
    [InlineData("null", "")]
    [InlineData("\"x\"", "")]
    [InlineData("[]", "")]
    public void A_value_of_another_type_costs_its_field_and_is_named(string spec, string field)
    {
        var read = Listed($$$"""{"metadata":{{{Metadata}}},"spec":{{{spec}}},"status":{"branch":"main"}}""");

        Assert.Equal(field, Assert.Single(read.Spec.Unreadable));
        Assert.Equal(spec.Contains("https", StringComparison.Ordinal) ? "https://host/x" : "", read.Spec.GitUrl);
        Assert.Equal(("5m", "5m", 1, ClonePolicy.Eager), (read.Spec.Interval, read.Spec.Timeout, read.Spec.Depth, read.Spec.Policy));
        Assert.Equal(("odd", "uid", "main"), (read.Metadata.Name, read.Metadata.Uid, read.Status?.Branch));
    }

    [Fact]
    public void What_can_be_read_names_nothing_and_is_written_as_before()
    {
        var read = Listed(
            $$$"""{"metadata":{{{Metadata}}},"spec":{"git_url":"https://host/x","unknown":{"a":[1]},"auth":null},"status":null}"""
        );

        Assert.Empty(read.Spec.Unreadable);
        Assert.Null(read.Status);
        Assert.DoesNotContain("nreadable", KubernetesJson.Serialize(read), StringComparison.Ordinal);
        Assert.Contains("\"git_url\":\"https://host/x\"", KubernetesJson.Serialize(read), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_nested_deeper_than_any_API_has_is_read_past()
    {
        // A thousand lists in each other; of what the operator reads, every field is some levels deep at most.
        var deep = new string('[', 1000) + new string(']', 1000);

        var read = Listed(
            $$$"""{"metadata":{{{Metadata}}},"spec":{"git_url":"https://host/x","unknown":{{{deep}}},"branch":{{{deep}}}},"status":{"unknown":{{{deep}}}}}"""
        );

        Assert.Equal("https://host/x", read.Spec.GitUrl);
        Assert.Single(read.Spec.Unreadable);
    }

    [Theory]
    [InlineData("""{"conditions":"x","reclones":3}""")]
    [InlineData("""{"conditions":[null,"x"],"reclones":3}""")]
    [InlineData("""{"conditions":[null],"reclones":3}""")]
    [InlineData("""{"conditions":[{"type":"Ready"}],"reclones":3}""")]
    [InlineData(
        """{"conditions":[{"type":"Ready","status":"True","reason":"Cloned","message":"","lastTransitionTime":"yesterday"}],"reclones":3}"""
    )]
    [InlineData("""{"commit":"abc","reclones":3}""")]
    [InlineData("""{"commit":5,"reclones":3}""")]
    [InlineData("""{"clonedAt":"0000-01-01T00:00:00Z","reclones":3}""")]
    [InlineData("""{"volume":[],"origin":{"access":"Mine"},"reclones":3}""")]
    [InlineData("""{"content":{"submodules":"two"},"reclones":3}""")]
    [InlineData("""{"content":{"lfs":{"files":1,"bytes":[]}},"reclones":3}""")]
    [InlineData("""{"content":{"sparse":"src"},"reclones":3}""")]
    public void What_is_odd_in_a_status_counts_as_missing(string status)
    {
        var read = Listed($$$"""{"metadata":{{{Metadata}}},"spec":{"git_url":"https://host/x"},"status":{{{status}}}}""");

        Assert.Empty(read.Spec.Unreadable);
        Assert.Equal(3, read.Status!.Reclones);
        Assert.NotEmpty(read.Status.Unreadable);
        Assert.All(read.Status.Unreadable, field => Assert.Contains($"\"{field}\":", status, StringComparison.Ordinal));
        Assert.Empty(read.Status.Conditions ?? []);
        Assert.Null(read.Status.Commit);
        Assert.Null(read.Status.ClonedAt);
        Assert.Null(read.Status.Volume);
        Assert.Null(read.Status.Content);
    }

    [Theory]
    [InlineData("\"x\"")]
    [InlineData("5")]
    [InlineData("[]")]
    public void A_status_that_is_none_counts_as_empty(string status) =>
        Assert.NotEmpty(
            Listed($$$"""{"metadata":{{{Metadata}}},"spec":{"git_url":"https://host/x"},"status":{{{status}}}}""").Status!.Unreadable
        );

    [Fact]
    public void Who_sets_a_time_that_NET_does_not_know_gains_nothing_by_it()
    {
        const string Fields =
            "\"managedFields\":[{\"manager\":\"m\",\"operation\":\"Update\",\"time\":\"0000-01-01T00:00:00Z\"}],\"labels\":{\"a\":\"b\"}";

        var read = Listed($$$"""{"metadata":{{{Metadata[..^1]}}},{{{Fields}}}},"spec":{"git_url":"https://host/x"}}""");

        Assert.Equal(("odd", "uid", "b"), (read.Metadata.Name, read.Metadata.Uid, read.Metadata.Labels["a"]));
        Assert.Equal([CodeRepo.CloneFinalizer], read.Metadata.Finalizers);
    }

    [Fact]
    public void No_change_of_one_value_fails_the_list()
    {
        var whole = JsonNode.Parse(
            $$$"""
            {"metadata":{{{Metadata}}},
             "spec":{"git_url":"https://host/x","branch":"b","interval":"1m","timeout":"1m","depth":2,"policy":"OnDemand","suspend":true,"auth":{"secret":"s"},
                     "indexing":{"id":"1","threshold":"1h"},"storage":{"size":"1Gi","class":"c","accessModes":["ReadWriteOnce"]}},
             "status":{"observedGeneration":1,"reason":"Cloned","branch":"b","commit":"0123456789abcdef0123456789abcdef01234567","short":"0123456","shard":0,"reclones":1,
                       "clonedAt":"2026-01-01T00:00:00Z","checkedAt":"2026-01-01T00:00:00Z","lastHandledReconcileAt":"x","origin":{"url":"u","access":"Secret"},
                       "content":{"submodules":1,"lfs":{"files":1,"bytes":2},"sparse":["src"]},
                       "volume":{"claim":"c","namespace":"n","path":"n/odd","node":"n"},"indexing":{"status":"s","startedAt":"2026-01-01T00:00:00Z","resets":1},
                       "conditions":[{"type":"Ready","status":"True","reason":"R","message":"m","lastTransitionTime":"2026-01-01T00:00:00Z","observedGeneration":1}]}}
            """
        )!;
        string[] odd =
        [
            "null",
            "\"x\"",
            "-1",
            "1.5",
            "1e99",
            "true",
            "[]",
            "[null]",
            "[[1]]",
            "{}",
            "{\"a\":null}",
            "\"0000-01-01T00:00:00Z\"",
        ];
        var paths = Paths(whole["spec"]!).Concat(Paths(whole["status"]!)).Select(node => node.GetPath()).ToList();
        Assert.InRange(paths.Count, 40, 80);
        foreach (var (path, value) in paths.SelectMany(path => odd.Select(value => (path, value))))
        {
            var changed = whole.DeepClone();
            Paths(changed["spec"]!)
                .Concat(Paths(changed["status"]!))
                .Single(node => node.GetPath() == path)
                .ReplaceWith(JsonNode.Parse(value));

            var read = Listed(changed.ToJsonString());

            Assert.Equal(("odd", "uid"), (read.Metadata.Name, read.Metadata.Uid));
            Assert.NotNull(read.Spec.GitUrl);
            Assert.All(read.Status?.Conditions ?? [], condition => Assert.NotNull(condition.Type));
        }
    }

    private const string Metadata =
        $$"""{"name":"odd","namespace":"team","uid":"uid","resourceVersion":"1","finalizers":["{{CodeRepo.CloneFinalizer}}"]}""";

    private static IEnumerable<JsonNode> Paths(JsonNode node) =>
        node switch
        {
            JsonObject fields => fields.Select(field => field.Value!).SelectMany(Paths).Prepend(node),
            JsonArray items => items.SelectMany(item => Paths(item!)).Prepend(node),
            _ => [node],
        };

    /// <summary>Reads it out of a list, beside another one.</summary>
    private static CodeRepo Listed(string odd)
    {
        var list = KubernetesJson.Deserialize<KubernetesList<CodeRepo>>(
            $$$$"""{"apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[{{{{odd}}}},{"metadata":{"name":"other"},"spec":{"git_url":"https://host/y","depth":3}}]}"""
        );
        Assert.Equal(("https://host/y", 3), (list.Items[1].Spec.GitUrl, list.Items[1].Spec.Depth));
        return list.Items[0];
    }
}
