using System.Text;

namespace CodeRepoOperator.GitWorker.Submodules;

public sealed class GitModulesTests
{
    private static readonly string Commit = new('1', 40);

    [Fact]
    public void A_submodule_has_the_name_and_the_url_of_the_entry_with_its_path()
    {
        var modules = Read(
            """
            # Comments, and other keys, say nothing.
            [submodule "lib"] ; here too
            	path = vendor/lib
            	url = ../lib.git # the end
            	branch = main
            	update = !rm -rf /
            	fetchRecurseSubmodules
            [submodule "old.style"]
            path="with \"quotes\" and # in it"
            URL = https://git.example.com/a;b.git
            [core]
            	path = other
            """
        );

        var lib = modules.Of("vendor/lib", Commit);
        Assert.Equal((null, "lib", "../lib.git", Commit), (lib.Flaw, lib.Name, lib.Url, lib.Commit));
        var quoted = modules.Of("with \"quotes\" and # in it", Commit);
        Assert.Equal((null, "old.style", "https://git.example.com/a"), (quoted.Flaw, quoted.Name, quoted.Url));
        Assert.Equal(".gitmodules has no entry with this path", modules.Of("other", Commit).Flaw);
        Assert.Equal(".gitmodules has no entry with this path", modules.Of("vendor", Commit).Flaw);
    }

    [Fact]
    public void Of_what_is_set_twice_the_last_counts()
    {
        var modules = Read(
            "[submodule \"a\"]\npath=x\nurl=one\n[submodule \"a\"]\nurl=two\n[submodule \"b\"]\npath=x\nurl=three\n"
                + "[submodule \"c\"]\npath=y\n"
        );

        var last = modules.Of("x", Commit);
        Assert.Equal(("b", "three"), (last.Name, last.Url));
        Assert.Equal(".gitmodules has no url for it", modules.Of("y", Commit).Flaw);
    }

    [Theory]
    [InlineData("lib", true)]
    [InlineData("vendor/lib-1.x_y", true)]
    [InlineData("größe", true)]
    [InlineData("", false)]
    [InlineData("..", false)]
    [InlineData("a/../../hooks", false)]
    [InlineData("a\\\\..\\\\b", false)]
    [InlineData("/abs", false)]
    [InlineData("a//b", false)]
    [InlineData("a/", false)]
    [InlineData("./a", false)]
    [InlineData("-u", false)]
    [InlineData(".git", false)]
    [InlineData("a/.GIT", false)]
    [InlineData("a/git~1", false)]
    [InlineData("a/.g\u200cit", false)]
    [InlineData("a\u0001b", false)]
    [InlineData("a\u0000b", false)]
    [InlineData("a\u202eb", false)]
    public void A_name_becomes_a_path_only_if_it_stays_where_it_belongs(string name, bool isTaken)
    {
        var modules = Read($"[submodule \"{name}\"]\npath = x\nurl = u\n");

        Assert.Equal(isTaken ? null : ".gitmodules gives it a name that is not safe", modules.Of("x", Commit).Flaw);
    }

    [Theory]
    [InlineData("lib", "Lib", true)]
    [InlineData("lib", "lib/objects", true)]
    [InlineData("lib/objects", "lib", true)]
    [InlineData("lib", "LIB/modules/x", true)]
    [InlineData("lib", "lib2", false)]
    [InlineData("a/lib", "b/lib", false)]
    public void Names_that_could_not_both_have_a_directory_are_not_both_taken(string first, string second, bool collide)
    {
        var modules = Read($"[submodule \"{first}\"]\npath = x\nurl = u\n[submodule \"{second}\"]\npath = y\nurl = u\n");

        Assert.Null(modules.Of("x", Commit).Flaw);
        Assert.Equal(collide, modules.Of("y", Commit).Flaw is not null);
    }

    [Theory]
    [InlineData("[submodule \"a\"\npath = x\n")]
    [InlineData("[submodule \"a]\npath = x\n")]
    [InlineData("[submodule \"a\nb\"]\n")]
    [InlineData("[submodule\n\"a\"]\n")]
    [InlineData("[submodule \"a\"] ]\n")]
    [InlineData("[submodule \"a\"]\npath = \"x\n")]
    [InlineData("[submodule \"a\"]\npath = a\\x\n")]
    [InlineData("[submodule \"a\"]\npath x\n")]
    [InlineData("[submodule \"a\"]\n=x\n")]
    [InlineData("<<<<<<< HEAD\n")]
    [InlineData("[sub_module]\n")]
    [InlineData("[")]
    [InlineData("[a")]
    public void What_git_can_not_read_is_refused_as_a_whole(string text) => Assert.Throws<InvalidDataException>(() => Read(text));

    [Fact]
    public void No_file_is_included()
    {
        var modules = Read("[include]\npath = /etc/passwd\n[includeIf \"gitdir:/\"]\npath = /etc/passwd\n");

        Assert.NotNull(modules.Of("x", Commit).Flaw);
    }

    private static GitModules Read(string text) => GitModules.Read(Encoding.UTF8.GetBytes(text));
}
