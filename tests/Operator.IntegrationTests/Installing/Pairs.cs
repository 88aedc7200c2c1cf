namespace CodeRepoOperator.Installing;

/// <summary>Few combinations of choices in which each two alternatives of two choices meet at least once.</summary>
internal static class Pairs
{
    /// <summary>Finds combinations.</summary>
    /// <param name="alternatives">How many alternatives each choice has.</param>
    /// <returns>For each combination the alternative of each choice.</returns>
    public static IReadOnlyList<int[]> Cover(IReadOnlyList<int> alternatives)
    {
        var left = All(alternatives).ToHashSet();
        var rows = new List<int[]>();
        while (left.Count > 0)
        {
            // The first pair that has not met yet, and for each other choice the alternative that makes the most others meet.
            var (one, ofOne, other, ofOther) = left.Min();
            var row = Enumerable.Repeat(-1, alternatives.Count).ToArray();
            (row[one], row[other]) = (ofOne, ofOther);
            for (var choice = 0; choice < row.Length; choice++)
            {
                if (row[choice] < 0)
                {
                    row[choice] = Enumerable
                        .Range(0, alternatives[choice])
                        .MaxBy(alternative => Met(row, choice, alternative).Count(left.Contains));
                }
            }

            left.ExceptWith(Of(row));
            rows.Add(row);
        }

        return rows;
    }

    private static IEnumerable<(int One, int OfOne, int Other, int OfOther)> All(IReadOnlyList<int> alternatives) =>
        from one in Enumerable.Range(0, alternatives.Count)
        from other in Enumerable.Range(one + 1, alternatives.Count - one - 1)
        from ofOne in Enumerable.Range(0, alternatives[one])
        from ofOther in Enumerable.Range(0, alternatives[other])
        select (one, ofOne, other, ofOther);

    private static IEnumerable<(int One, int OfOne, int Other, int OfOther)> Met(int[] row, int choice, int alternative) =>
        from other in Enumerable.Range(0, row.Length)
        where other != choice && row[other] >= 0
        select other < choice ? (other, row[other], choice, alternative) : (choice, alternative, other, row[other]);

    private static IEnumerable<(int One, int OfOne, int Other, int OfOther)> Of(int[] row) =>
        from one in Enumerable.Range(0, row.Length)
        from other in Enumerable.Range(one + 1, row.Length - one - 1)
        select (one, row[one], other, row[other]);
}
