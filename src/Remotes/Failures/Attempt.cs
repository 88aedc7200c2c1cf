using System.Diagnostics.CodeAnalysis;

namespace CodeRepoOperator.Remotes.Failures;

/// <summary>What came of something that the world may refuse: a value, or why there is none.</summary>
/// <typeparam name="T">What was wanted.</typeparam>
internal readonly struct Attempt<T>
    where T : class
{
    private Attempt(T? value, CloneFailure? failure) => (Value, Failure) = (value, failure);

    /// <summary>What was wanted; null when <see cref="Failure"/> says why not.</summary>
    public T? Value { get; }

    /// <summary>Why there is no value; null when there is one.</summary>
    public CloneFailure? Failure { get; }

    /// <summary>Whether there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool Succeeded => Value is not null;

    public static implicit operator Attempt<T>(T value) => new(value, null);

    public static implicit operator Attempt<T>(CloneFailure failure) => new(null, failure);
}
