using System.Globalization;
using System.Text;
using CodeRepoOperator.Api.Responses;
using CodeRepoOperator.Indexing.CodeRepos;
using CodeRepoOperator.Indexing.Sweeping;
using CodeRepoOperator.Indexing.Tables;
using CodeRepoOperator.Runtime.Client;
using CodeRepoOperator.Runtime.Settings;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace CodeRepoOperator.Text;

/// <summary>What others wrote can't steer a terminal, break a line, turn text around, or be more than its field takes.</summary>
public sealed class ForeignTextTests
{
    public static readonly TheoryData<string, string> Hostile = new()
    {
        { "escape sequences", "a\u001b[2J\u001b]0;x\u0007b" },
        { "lines", "a\nb\r\nc\u0085d\u2028e\u2029f" },
        { "text turned around", "\u202etxt.exe\u2066\u200f" },
        { "half surrogates", "a\ud800b\udc00" },
        { "no room taken", "a\u200b\u200d\u2060\ufeffb\u00ad" },
        { "tags beyond the first plane", "a\U000e0041b" },
        { "NUL and other controls", "a\0\u0008\u007f\u009bb" },
        { "private use and odd spaces", "a\ue000\u00a0\u3000b" },
        { "40 KB", new string('k', 40_000) },
        { "40 KB of two-byte letters", new string('é', 40_000) },
        { "40 KB of four-byte letters", string.Concat(Enumerable.Repeat("\U0001f600", 20_000)) },
        { "40 KB of lines", string.Concat(Enumerable.Repeat("\u001b\n", 20_000)) },
        { "a credential", "fatal: https://robot:s3cr3t@host/ refused" },
        { "nothing", "" },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Each_way_to_show_it_is_clean_and_bounded(string what, string text)
    {
        AssertClean(what, ForeignText.Shown(text), (4 * ForeignText.LongestQuotation) + 4);
        AssertClean(what, ForeignText.Shown(text, ForeignText.LongestValue), (4 * ForeignText.LongestValue) + 4);
        AssertClean(what, ForeignText.Escaped(text, ForeignText.LongestValue), (4 * ForeignText.LongestValue) + 4);
        AssertClean(what, ForeignText.Line(text, ForeignText.LongestNote), ForeignText.LongestNote);
        AssertClean(what, ForeignText.Line(text), int.MaxValue);
        Assert.DoesNotContain("s3cr3t", ForeignText.Shown(text), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("aé€\U0001f600", 10, "aé€\U0001f600")]
    [InlineData("aé€\U0001f600", 9, "aé€…")]
    [InlineData("aé€\U0001f600", 8, "aé…")]
    [InlineData("aaaaaa", 5, "aa…")]
    [InlineData("a\nb", 3, "a b")]
    public void A_line_is_cut_between_characters(string text, int longest, string expected) =>
        Assert.Equal(expected, ForeignText.Line(text, longest));

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_row_s_key_and_status_are_clean_in_its_CodeRepo_s_status(string what, string text)
    {
        foreach (var status in new[] { text, TestRows.Target.Active, TestRows.Target.Reset })
        {
            var row = new IndexingRow(text, TestRows.Url, "main")
            {
                Status = status,
                StartedAt = TestRows.StartedAt,
                Resets = -1,
            };
            var state = IndexingState.For(TestRows.Wanted(), [TestRows.Found(TestRows.Match([TestRows.Wanted()], row))], TestRows.Options)!;

            var report = IndexingReport.For(TestRows.Repo(), state, DateTimeOffset.UnixEpoch);

            AssertClean(what, Assert.Single(report.Conditions!).Message, 1024);
            AssertClean(what, report.Indexing!.Status ?? "", 4 * (ForeignText.LongestValue + 1));
            Assert.Equal(0, report.Indexing.Resets);
        }
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public void What_a_sweep_says_of_rows_and_of_errors_is_clean(string what, string text)
    {
        var refused = new RefusedRows();
        refused.Add(text, DatabaseErrors.Describe(new PostgresException(text, "ERROR", "ERROR", "P0001")));

        AssertClean(what, refused.Describe(20)!, 4096);
        AssertClean(what, DatabaseErrors.Describe(new PostgresException(text, "ERROR", "ERROR", "P0001")), 4096);
        AssertClean(what, DatabaseErrors.Describe(new TimeoutException(text)), 4096);
        var words = SweepMessage.Of(
            new SweepResult(
                new IndexingTarget(),
                SweepOutcome.Swept,
                [new SweptRow(text, TimeSpan.FromHours(1), 1, IsExhausted: false)],
                null
            ),
            dryRun: true
        );
        AssertClean(what, string.Join('|', words.Split(Environment.NewLine)), 4096);
        Assert.Equal(2, words.Split(Environment.NewLine).Length);
    }

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task Errors_settings_and_problems_are_clean(string what, string text)
    {
        AssertClean(what, new HttpRequestException(text, new IOException(text)).Describe(), (4 * ForeignText.LongestError) + 4);
        AssertClean(what, SettingText.Shown(text), 1024);
        var context = new DefaultHttpContext { Response = { Body = new MemoryStream() } };

        await EnsureProblem.Invalid(text).WriteAsync(context);

        var body = System.Text.Json.JsonDocument.Parse(((MemoryStream)context.Response.Body).ToArray());
        AssertClean(what, body.RootElement.GetProperty("detail").GetString()!, ForeignText.LongestMessage);
    }

    private static void AssertClean(string what, string shown, int longestInBytes)
    {
        Assert.True(Encoding.UTF8.GetByteCount(shown) <= longestInBytes, $"{what}: {Encoding.UTF8.GetByteCount(shown)} bytes");
        Assert.DoesNotContain(shown.EnumerateRunes(), rune =>
            rune.Value != ' '
            && Rune.GetUnicodeCategory(rune)
                is UnicodeCategory.Control
                    or UnicodeCategory.Format
                    or UnicodeCategory.LineSeparator
                    or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.PrivateUse
                    or UnicodeCategory.SpaceSeparator
        );
        Assert.False(
            shown
                .Where(
                    (c, i) =>
                        char.IsSurrogate(c)
                        && !(
                            char.IsHighSurrogate(c)
                                ? i + 1 < shown.Length && char.IsLowSurrogate(shown[i + 1])
                                : i > 0 && char.IsHighSurrogate(shown[i - 1])
                        )
                )
                .Any(),
            what
        );
    }
}
