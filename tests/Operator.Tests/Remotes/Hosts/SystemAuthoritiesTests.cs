using System.Collections;
using System.Formats.Asn1;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Time.Testing;

namespace CodeRepoOperator.Remotes.Hosts;

public sealed class SystemAuthoritiesTests : IDisposable
{
    private readonly ChainOfThree _chain = new(new Uri("http://127.0.0.1:9/"));
    private readonly FakeTimeProvider _time = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("authorities").FullName;

    [Fact]
    public void The_file_comes_first_and_then_the_directories_as_well()
    {
        File.WriteAllText(PathOf("one.pem"), "# Root\n" + _chain.Root.ExportCertificatePem() + "\n");
        Directory.CreateDirectory(PathOf("more"));
        File.WriteAllBytes(PathOf("more/middle.crt"), _chain.Middle.RawData);
        File.WriteAllText(PathOf("more/again.pem"), _chain.Root.ExportCertificatePem());
        File.WriteAllText(PathOf("more/README"), "No certificate.");
        File.CreateSymbolicLink(PathOf("more/away.0"), "/nonexistent");

        var found = Found(new SystemAuthorities(PathOf("one.pem"), $"/nonexistent:{PathOf("more")}", _time), _chain.Leaf);

        Assert.Equal(
            [
                [],
                [_chain.Middle.Subject, _chain.Root.Subject],
            ],
            found
        );
    }

    [Fact]
    public void What_stands_above_those_that_are_found_is_found_too_and_nothing_else()
    {
        using var stranger = new ChainOfThree(new Uri("http://127.0.0.1:9/"));
        File.WriteAllText(PathOf("one.pem"), Pem(stranger.Leaf, _chain.Middle, _chain.Leaf, _chain.Root));

        var found = Found(new SystemAuthorities(PathOf("one.pem"), "/nonexistent", _time), _chain.Leaf);

        Assert.Equal([_chain.Middle.Subject, _chain.Root.Subject], found[0]);
        Assert.Equal(found[0], found[1]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\n~~~~\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\nMIID\n-----END EC PRIVATE KEY-----\n")]
    public void What_is_no_certificate_is_passed_over(string other)
    {
        File.WriteAllText(PathOf("one.pem"), other + Pem(_chain.Root) + other);

        Assert.Equal([_chain.Root.Subject], Found(new SystemAuthorities(PathOf("one.pem"), "/nonexistent", _time), _chain.Middle)[0]);
    }

    [Fact]
    public void A_new_one_is_found_within_half_a_minute()
    {
        var authorities = new SystemAuthorities(PathOf("one.pem"), PathOf("more"), _time);
        Assert.Equal(
            [
                [],
                [],
            ],
            Found(authorities, _chain.Middle)
        );

        File.WriteAllText(PathOf("one.pem"), Pem(_chain.Root));
        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal(
            [
                [],
                [],
            ],
            Found(authorities, _chain.Middle)
        );

        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(
            [
                [_chain.Root.Subject],
                [_chain.Root.Subject],
            ],
            Found(authorities, _chain.Middle)
        );
    }

    [Fact]
    public void A_name_is_the_same_in_another_kind_of_string_case_and_spacing()
    {
        var names = new[] { UniversalTagNumber.UTF8String, UniversalTagNumber.PrintableString, UniversalTagNumber.BMPString }.Select(
            (kind, i) =>
            {
                var builder = new X500DistinguishedNameBuilder();
                builder.AddCountryOrRegion("AQ");
                builder.Add("2.5.4.3", i == 0 ? "Penguin  Root" : " penguin ROOT", kind);
                return Authority.NameOf(builder.Build().RawData);
            }
        );
        var other = new X500DistinguishedNameBuilder();
        other.AddCommonName("Penguin Root");

        Assert.NotEqual(Assert.Single(names.Distinct()), Authority.NameOf(other.Build().RawData));
    }

    [Fact]
    public void A_process_to_which_they_are_handed_on_has_nothing_of_them_where_NET_looks()
    {
        var environment = SystemAuthorities
            .HandOn(new Hashtable { ["SSL_CERT_FILE"] = "/own/ca.pem", ["SSL_CERT_DIR"] = "" })
            .ToDictionary(one => one.Name, one => one.Value);

        Assert.Equal("/own/ca.pem", environment["CODEREPO_SSL_CERT_FILE"]);
        Assert.DoesNotContain("CODEREPO_SSL_CERT_DIR", environment.Keys);
        Assert.False(File.Exists(environment["SSL_CERT_FILE"]) || Directory.Exists(environment["SSL_CERT_DIR"]));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("one.pem", null)]
    [InlineData(null, "more")]
    [InlineData("one.pem", "more")]
    public void A_process_to_which_they_are_handed_on_has_the_same_ones(string? file, string? directory)
    {
        File.WriteAllText(PathOf("one.pem"), Pem(_chain.Root));
        Directory.CreateDirectory(PathOf("more"));
        File.WriteAllText(PathOf("more/middle.pem"), Pem(_chain.Middle));
        var own = new Hashtable();
        if (file is not null)
        {
            own["SSL_CERT_FILE"] = file.Length == 0 ? "" : PathOf(file);
        }

        if (directory is not null)
        {
            own["SSL_CERT_DIR"] = directory.Length == 0 ? "" : PathOf(directory);
        }

        var handedOn = new Hashtable();
        foreach (var (name, value) in SystemAuthorities.HandOn(own))
        {
            handedOn[name] = value;
        }

        var before = SystemAuthorities.From(own, _time);
        var after = SystemAuthorities.From(handedOn, _time);
        Assert.Equal(before.Sources, after.Sources);
        Assert.NotEmpty(after.Sources);
        Assert.DoesNotContain("/nonexistent", after.Sources);
        Assert.Equal(Found(before, _chain.Leaf), Found(after, _chain.Leaf));
    }

    public void Dispose()
    {
        _chain.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static List<List<string>> Found(SystemAuthorities authorities, X509Certificate2 certificate) =>
        [.. authorities.Above([certificate]).Select(found => found.Select(one => one.Subject).ToList())];

    private static string Pem(params X509Certificate2[] certificates) =>
        string.Concat(certificates.Select(one => one.ExportCertificatePem() + "\n"));

    private string PathOf(string name) => Path.Combine(_directory, name);
}
