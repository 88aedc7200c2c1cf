namespace CodeRepoOperator.Runtime.Settings;

public sealed class SettingsArgumentsTests
{
    [Theory]
    [InlineData("run", "'run' is not a setting: write --Section:Name=value.")]
    [InlineData("--verbose", "'--verbose' is not a setting: write --Section:Name=value.")]
    [InlineData("Store:Root=/store", "'Store:Root' is not a setting: write --Section:Name=value.")]
    [InlineData("--Stor:Root=/store", "Stor:Root is not a setting; did you mean Store:Root?")]
    [InlineData("--Store=/store", "Store is not a setting.")]
    [InlineData("--Password=hunter2", "Password is not a setting.")]
    public void An_argument_that_sets_nothing_is_reported(string argument, string reported) =>
        Assert.Equal([reported], SettingsArguments.Errors([argument], ["Store", "Git"]));

    [Fact]
    public void A_setting_is_none_however_it_is_spelled() =>
        Assert.Empty(SettingsArguments.Errors(["--Store:Root=/store", "--git:allowedhosts:0=a=b", "--Store:Root="], ["Store", "Git"]));
}
