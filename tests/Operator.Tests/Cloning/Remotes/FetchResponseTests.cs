using System.Text;
using CodeRepoOperator.Cloning.Remotes.Protocol;

namespace CodeRepoOperator.Cloning.Remotes;

public sealed class FetchResponseTests
{
    [Fact]
    public async Task A_sign_of_life_before_and_within_a_pack_is_no_piece_of_it()
    {
        // As git sends it each 5 s while it works on a pack: the band of packs, and nothing in it.
        const string SignOfLife = "0005\u0001";
        using var stream = new MemoryStream(Encoding.Latin1.GetBytes($"000dpackfile\n{SignOfLife}0009\u0001PACK{SignOfLife}0008\u0001end0000"));
        var answer = new FetchResponse(new PktLineReader(stream, 1000));
        var pieces = new List<string>();

        await answer.ReadHeadAsync(new ServerCapabilities(2, []), deepened: false, TestContext.Current.CancellationToken);
        await answer.ReadPackAsync(piece => pieces.Add(Encoding.Latin1.GetString(piece)), TestContext.Current.CancellationToken);

        Assert.Equal(["PACK", "end"], pieces);
    }
}
