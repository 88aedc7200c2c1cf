using System.Collections;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace CodeRepoOperator.Runtime.Settings;

/// <summary>
/// Looks through a section of the settings before it is bound, and separates what can be bound from what can't: names that mean
/// nothing, and values that can't be read. The framework's binder ends at the first of either, or ignores it.
/// </summary>
internal sealed class SettingsReader
{
    private readonly IConfigurationSection _section;
    private readonly object _defaults;
    private readonly Dictionary<string, string?> _readable = [];
    private readonly List<string> _errors = [];

    /// <summary>Looks through a section.</summary>
    /// <param name="section">The section.</param>
    /// <param name="defaults">The options that it sets, as they are without it.</param>
    public SettingsReader(IConfigurationSection section, object defaults)
    {
        (_section, _defaults) = (section, defaults);
        var known = defaults
            .GetType()
            .GetProperties()
            .Where(property => property.CanWrite)
            .ToDictionary(property => property.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var setting in section.GetChildren())
        {
            if (!known.TryGetValue(setting.Key, out var property))
            {
                _errors.Add(Unknown(setting, known.Keys));
            }
            else if (ItemsOf(property.PropertyType) is { } items)
            {
                ReadList(setting, property, items);
            }
            else if (HasOptions(property.PropertyType))
            {
                ReadOptions(setting.Key, setting, property.PropertyType);
            }
            else
            {
                ReadOne(setting, property);
            }
        }
    }

    /// <summary>What can be bound, without the section's name.</summary>
    public IConfiguration Readable => new ConfigurationBuilder().AddInMemoryCollection(_readable).Build();

    /// <summary>What is wrong with the rest.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>The values that a property may have, in words that follow "must be".</summary>
    public static string Allowed(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var kind = type switch
        {
            _ when type == typeof(TimeSpan) => "a time as hh:mm:ss or d.hh:mm:ss",
            _ when type == typeof(bool) => "true or false",
            { IsEnum: true } => "one of " + string.Join(", ", Enum.GetNames(type)),
            _ => "a whole number",
        };
        return property.GetCustomAttribute<RangeAttribute>() is { } range
            ? string.Create(CultureInfo.InvariantCulture, $"{kind}, from {range.Minimum} to {range.Maximum}")
            : kind;
    }

    /// <summary>A property's value as a message may show it.</summary>
    public static string Shown(PropertyInfo property, string? value) =>
        property.GetCustomAttribute<DataTypeAttribute>()?.DataType == DataType.Password ? "'***'" : SettingText.Shown(value);

    private string Unknown(IConfigurationSection setting, IEnumerable<string> known) =>
        SettingText.Nearest(setting.Key, known) is { } meant
            ? $"{setting.Path} is not a setting; did you mean {_section.Path}:{meant}?"
            : $"{setting.Path} is not a setting.";

    private void ReadList(IConfigurationSection setting, PropertyInfo property, Type items)
    {
        if (!string.IsNullOrEmpty(setting.Value))
        {
            _errors.Add($"{setting.Path} is {Shown(property, setting.Value)}: it is a list; write {setting.Path}:0 for its first item.");
        }

        foreach (var item in setting.GetChildren())
        {
            if (items != typeof(string))
            {
                ReadOptions(ConfigurationPath.Combine(setting.Key, item.Key), item, items);
            }
            else if (item.GetChildren().FirstOrDefault() is { } below)
            {
                _errors.Add($"{below.Path} is not a setting: an item of {setting.Path} is one value.");
            }
            else
            {
                _readable[ConfigurationPath.Combine(setting.Key, item.Key)] = item.Value;
            }
        }
    }

    /// <summary>A setting, or an item of a list, that has settings of its own.</summary>
    private void ReadOptions(string path, IConfigurationSection item, Type type)
    {
        if (!string.IsNullOrEmpty(item.Value))
        {
            _errors.Add($"{item.Path} is {SettingText.Shown(item.Value)}: it has settings of its own; write {item.Path}:{FirstOf(type)}.");
        }

        var read = new SettingsReader(item, Activator.CreateInstance(type)!);
        _errors.AddRange(read._errors);
        foreach (var (key, value) in read._readable)
        {
            _readable[ConfigurationPath.Combine(path, key)] = value;
        }
    }

    private void ReadOne(IConfigurationSection setting, PropertyInfo property)
    {
        if (setting.GetChildren().FirstOrDefault() is { } below)
        {
            _errors.Add($"{below.Path} is not a setting: {setting.Path} is one value.");
        }
        else if (property.PropertyType == typeof(string) || CanRead(setting.Value, property.PropertyType))
        {
            _readable[setting.Key] = setting.Value;
        }
        else
        {
            var example = Convert.ToString(property.GetValue(_defaults), CultureInfo.InvariantCulture);
            _errors.Add(
                $"{setting.Path} is {Shown(property, setting.Value)}: must be {Allowed(property)}, such as "
                    + $"{example}.{AsSeconds(setting.Value, property)}"
            );
        }
    }

    /// <summary>To .NET a bare number is days, and so are 24 hours; nobody means that.</summary>
    private static bool CanRead(string? value, Type type) =>
        type == typeof(TimeSpan)
            ? value?.Count(c => c == ':') == 2 && TimeSpan.TryParseExact(value, "c", CultureInfo.InvariantCulture, out _)
            : IsTaken(TypeDescriptor.GetConverter(type), value);

    private static bool IsTaken(TypeConverter converter, string? value)
    {
        try
        {
            return converter.ConvertFromInvariantString(value ?? "") is not null;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or NotSupportedException or OverflowException)
        {
            return false;
        }
    }

    private static string AsSeconds(string? value, PropertyInfo property) =>
        property.PropertyType == typeof(TimeSpan) && uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? string.Create(CultureInfo.InvariantCulture, $" For {seconds} s write {TimeSpan.FromSeconds(seconds):c}.")
            : "";

    private static string FirstOf(Type type) => type.GetProperties().First(property => property.CanWrite).Name;

    /// <summary>Whether a setting is a group of settings.</summary>
    public static bool HasOptions(Type type) => type.IsClass && type != typeof(string) && ItemsOf(type) is null;

    /// <summary>The type of a list's items; null: it is no list.</summary>
    private static Type? ItemsOf(Type type) =>
        type == typeof(string) || !typeof(IEnumerable).IsAssignableFrom(type) ? null : type.GetGenericArguments().Single();
}
