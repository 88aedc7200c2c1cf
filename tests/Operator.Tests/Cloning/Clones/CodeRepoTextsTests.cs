using System.Globalization;
using CodeRepoOperator.Entities;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Watching;
using k8s;

namespace CodeRepoOperator.Cloning.Clones;

/// <summary>Texts that CodeRepos have alike are in memory once, and stay as they are.</summary>
public sealed class CodeRepoTextsTests
{
    private const int Repos = 100;

    /// <summary>Name, uid, resource version, URL and path: each CodeRepo has its own. And what it has in the status, twice.</summary>
    private const int OwnTexts = 6;

    private readonly EntityCache<CodeRepo> _cache = new() { Share = CodeRepoTexts.Share };

    [Fact]
    public void A_CodeRepo_takes_room_for_its_own_texts_only()
    {
        foreach (var number in Enumerable.Range(0, Repos))
        {
            _cache.Store(Read(number));
        }

        var texts = _cache.Entities.SelectMany(Texts).ToHashSet<object>(ReferenceEqualityComparer.Instance);

        Assert.InRange(texts.Count, 1, (Repos * OwnTexts) + 40);
    }

    [Fact]
    public void A_CodeRepo_is_what_it_was()
    {
        _cache.Store(Read(7));

        Assert.Equal(KubernetesJson.Serialize(Read(7)), KubernetesJson.Serialize(_cache.Find(new NamespacedName("team", "repo-7"))));
    }

    [Fact]
    public void A_CodeRepo_of_which_nothing_could_be_read_is_taken_too()
    {
        _cache.Store(KubernetesJson.Deserialize<CodeRepo>("""{"metadata":{"namespace":"team","name":"odd"},"spec":null,"status":7}"""));

        Assert.NotNull(_cache.Find(new NamespacedName("team", "odd")));
    }

    private static CodeRepo Read(int number) =>
        KubernetesJson.Deserialize<CodeRepo>(
            string.Create(
                CultureInfo.InvariantCulture,
                $$"""
                {
                  "apiVersion": "coderepo.dev/v1alpha1", "kind": "CodeRepo",
                  "metadata": {
                    "name": "repo-{{number}}", "namespace": "team", "uid": "uid-{{number}}", "resourceVersion": "{{number + 1000}}",
                    "labels": {"app": "search"}, "annotations": {"team": "a"}, "finalizers": ["coderepo.dev/clone"]
                  },
                  "spec": {
                    "git_url": "https://git.example.com/repo-{{number}}.git", "branch": "main", "interval": "1m", "timeout": "2m",
                    "auth": {"secret": "git"}
                  },
                  "status": {
                    "reason": "Cloned", "branch": "main",
                    "origin": {"url": "https://git.example.com/repo-{{number}}.git"},
                    "volume": {"claim": "store-0", "namespace": "system", "path": "team/repo-{{number}}", "node": "worker-1"},
                    "conditions": [
                      {"type": "Ready", "status": "True", "reason": "Cloned", "message": "Holds main at {{number}}."},
                      {"type": "CloneAvailable", "status": "True", "reason": "Cloned", "message": "Holds main at {{number}}."}
                    ],
                    "indexing": {"status": "indexed"}
                  }
                }
                """
            )
        );

    /// <summary>All that it holds, as the properties of its parts have it.</summary>
    private static IEnumerable<string> Texts(object part) =>
        part switch
        {
            string text => [text],
            IEnumerable<KeyValuePair<string, string>> texts => texts.SelectMany(text => new[] { text.Key, text.Value }),
            System.Collections.IEnumerable items => items.Cast<object>().SelectMany(Texts),
            _ when part.GetType().Namespace is "k8s.Models" or "CodeRepoOperator.Entities" && part.GetType().IsClass => part.GetType()
                .GetProperties()
                .Select(property => property.GetValue(part))
                .OfType<object>()
                .SelectMany(Texts),
            _ => [],
        };
}
