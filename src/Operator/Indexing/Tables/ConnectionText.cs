using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using CodeRepoOperator.Runtime.Settings;
using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

/// <summary>
/// Reads the way to a database, in any of the forms that it is given in: Npgsql's, a URI, or libpq's keywords. What is wrong is reported
/// by the name of the parameter, never by a value: that may be a part of a password.
/// </summary>
internal static partial class ConnectionText
{
    private const string TargetSession = "Target Session Attributes";

    /// <summary>What is meant by a slip that is near.</summary>
    private static readonly string[] Common =
    [
        "Host",
        "Port",
        "Database",
        "Username",
        "Password",
        "Passfile",
        "SSL Mode",
        "Root Certificate",
        "Timeout",
        "Options",
        "Pooling",
        "Maximum Pool Size",
        "Application Name",
        TargetSession,
    ];

    /// <summary>Reads a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="settings">What it says. A server that takes writes is looked for in any case.</param>
    /// <param name="error">What is wrong, in words that follow "What is in the file".</param>
    public static bool TryRead(
        string text,
        [NotNullWhen(true)] out NpgsqlConnectionStringBuilder? settings,
        [NotNullWhen(false)] out string? error
    )
    {
        settings = new NpgsqlConnectionStringBuilder();
        error =
            LibpqUri.IsOne(text) ? OfLibpq(settings, LibpqUri.Read(text))
            : Scheme().IsMatch(text) ? "can't be used: write postgresql://, not another scheme"
            : LibpqText.IsOne(text) ? OfLibpq(settings, LibpqText.Read(text))
            : OfNpgsql(settings, text);
        error ??= OfTargetSession(settings);
        if (error is null)
        {
            return true;
        }

        settings = null;
        return false;
    }

    private static string? OfLibpq(NpgsqlConnectionStringBuilder settings, LibpqParameters read) =>
        (read.Error ?? LibpqKeywords.Apply(read.Pairs, settings)) is { } error ? $"can't be used: {error}" : null;

    private static string? OfNpgsql(NpgsqlConnectionStringBuilder settings, string text)
    {
        const string Form =
            "is no connection string: write Host=…;Username=…;Password=…;Database=…, and values with ; or = in quotes; or a URI "
            + "(postgresql://…); or libpq's keywords (host=… user=…)";
        try
        {
            settings.ConnectionString = text;
            return string.IsNullOrWhiteSpace(settings.Host) ? Form : null;
        }
        catch (Exception error) when (IsOfText(error))
        {
            return WrongKey(text) is { } wrong ? $"{Form}. {wrong}" : Form;
        }
    }

    private static string? WrongKey(string text)
    {
        var read = new DbConnectionStringBuilder();
        try
        {
            read.ConnectionString = text;
        }
        catch (ArgumentException)
        {
            return null;
        }

        var settings = new NpgsqlConnectionStringBuilder();
        foreach (string key in read.Keys)
        {
            try
            {
                settings[key] = read[key];
            }
            catch (Exception error) when (IsOfText(error))
            {
                // A name that nobody knows may be a piece of a password with a ; in it.
                return settings.ContainsKey(key) ? $"{key} has a value that it can't have"
                    : LibpqKeywords.IsOne(key) ? $"{key} is a keyword of libpq's form, in which spaces are between the parameters, not ;"
                    : SettingText.Nearest(key, Common) is { } nearest ? $"Did you mean {nearest}?"
                    : null;
            }
        }

        return null;
    }

    private static bool IsOfText(Exception error) =>
        error is ArgumentException or FormatException or NotSupportedException or InvalidCastException or OverflowException;

    /// <summary>The operator writes. What it is asked for beyond that can't be had of one server alone, and is left out then.</summary>
    private static string? OfTargetSession(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.TargetSessionAttributes is "standby" or "prefer-standby" or "read-only")
        {
            return $"can't be used: {TargetSession} (target_session_attrs) asks for a server that takes no writes, and the operator "
                + "writes: leave it out";
        }

        settings.TargetSessionAttributes = null;
        return null;
    }

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.:-]*://", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Scheme();
}
