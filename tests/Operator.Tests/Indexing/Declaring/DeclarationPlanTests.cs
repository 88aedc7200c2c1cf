using CodeRepoOperator.Entities;
using CodeRepoOperator.Indexing.Tables;
using k8s.Models;

namespace CodeRepoOperator.Indexing.Declaring;

public sealed class DeclarationPlanTests
{
    private const string Start = "https://git.example.com/team/";

    private readonly List<CodeRepo> _repos = [];
    private readonly List<DeclaredRow> _rows = [];

    [Fact]
    public void What_is_as_declared_needs_nothing()
    {
        Row("1", "hello");
        Own("hello", "hello", "1");

        Assert.Empty(Steps());
    }

    [Fact]
    public void Rows_that_change_places_keep_their_clones()
    {
        Row("1", "world");
        Row("2", "hello");
        Own("hello", "hello", "1");
        Own("world", "world", "2");

        Assert.Equal(["update hello as 2", "update world as 1"], Steps().Order());
    }

    [Fact]
    public void Of_rows_that_declare_the_same_the_one_that_has_the_CodeRepo_keeps_it()
    {
        Row("1", "hello");
        Row("2", "hello.git");
        Own("hello", "hello.git", "2");

        Assert.Empty(Steps());
    }

    [Fact]
    public void A_row_that_declares_another_repository_takes_its_CodeRepo_along()
    {
        Row("1", "world");
        Own("hello", "hello", "1");

        Assert.Equal(["update hello as 1"], Steps());
    }

    [Fact]
    public void One_of_a_tag_is_not_what_a_row_declares()
    {
        Row("1", "hello");
        Row("2", "world");
        Own("hello", "hello", "1").Spec.Ref = new CodeRepoRef { Tag = "v1" };
        Repo("theirs", "world").Spec.Ref = new CodeRepoRef { Tag = "v1" };

        Assert.Equal(["create 2", "update hello as 1"], Steps().Order());
    }

    [Fact]
    public void A_row_that_declares_what_people_have_needs_no_CodeRepo_of_its_own()
    {
        Row("1", "world");
        Own("hello", "hello", "1");
        Repo("theirs", "world");

        Assert.Equal(["prune hello"], Steps());
    }

    [Fact]
    public void One_of_people_that_follows_the_remote_s_HEAD_has_the_branch_that_it_found_there()
    {
        Row("1", "hello", "main");
        var theirs = Repo("theirs", "hello");
        (theirs.Spec.Branch, theirs.Status) = (null, new CodeRepoStatus { Branch = "main" });

        Assert.Empty(Steps());
    }

    [Fact]
    public void Two_of_one_row_are_one_too_many()
    {
        Row("1", "hello");
        Own("hello", "hello", "1");
        Own("world", "world", "1");

        Assert.Equal(["prune world"], Steps());
    }

    [Fact]
    public void One_that_is_being_deleted_is_waited_for()
    {
        Row("1", "hello");
        Own("hello", "hello", "1").Metadata.DeletionTimestamp = DateTime.UnixEpoch;

        Assert.Empty(Steps());
    }

    [Fact]
    public void Those_of_another_table_are_those_of_others()
    {
        Own("hello", "hello", "1").Metadata.Labels[CodeRepo.DeclaredByLabel] = "elsewhere";

        Assert.Empty(Steps());
    }

    [Fact]
    public void A_key_that_no_annotation_has_room_for_is_known_by_its_hash()
    {
        var long1 = new string('k', 10_000);
        Row(long1, "hello");
        Row(long1 + "2", "world");
        var marks = _rows.ConvertAll(row => row.Mark);
        Own("hello", "hello", marks[0]);
        Own("world", "world", marks[1]);

        Assert.All(marks, mark => Assert.InRange(mark.Length, 1, 253));
        Assert.Empty(Steps());
    }

    private void Row(string key, string path, string? branch = "main") =>
        _rows.Add(DeclaredRow.Of(new IndexingRow(key, Start + path, branch), new DeclareOptions()).Value!);

    private CodeRepo Own(string name, string path, string mark)
    {
        var repo = Repo(name, path);
        repo.Metadata.Labels = new Dictionary<string, string>(StringComparer.Ordinal) { [CodeRepo.DeclaredByLabel] = "rows" };
        repo.Metadata.Annotations = new Dictionary<string, string>(StringComparer.Ordinal) { [CodeRepo.DeclaredRowAnnotation] = mark };
        return repo;
    }

    private CodeRepo Repo(string name, string path)
    {
        var repo = new CodeRepo
        {
            Metadata = new V1ObjectMeta { Name = name, Uid = $"uid-{name}" },
            Spec = new CodeRepoSpec { GitUrl = Start + path, Branch = "main" },
        };
        _repos.Add(repo);
        return repo;
    }

    private IReadOnlyList<string> Steps() =>
        [
            .. new DeclarationPlan("rows", new RepoIdentities())
                .StepsFor(_rows, _repos)
                .Select(step =>
                    step switch
                    {
                        DeclarationStep.Create create => $"create {create.Row.Mark}",
                        DeclarationStep.Update update => $"update {update.Repo.Metadata.Name} as {update.Row.Mark}",
                        DeclarationStep.Prune prune => $"prune {prune.Repo.Metadata.Name}",
                        _ => "",
                    }
                ),
        ];
}
