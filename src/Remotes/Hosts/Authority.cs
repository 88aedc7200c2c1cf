using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace CodeRepoOperator.Remotes.Hosts;

/// <summary>A certificate of which no more is known than what it takes to see whether another one asks for it.</summary>
/// <param name="Subject">Whom it is of, as <see cref="NameOf"/> has it.</param>
/// <param name="Issuer">Whom it was issued by, likewise.</param>
/// <param name="Encoded">All of it, in DER.</param>
internal sealed record Authority(string Subject, string Issuer, byte[] Encoded)
{
    /// <summary>Of all of it.</summary>
    public string Digest => Convert.ToHexString(SHA256.HashData(Encoded));

    /// <summary>Reads a certificate; null: it is none that can be read.</summary>
    public static Authority? Read(byte[] encoded)
    {
        try
        {
            // RFC 5280, section 4.1: version, serialNumber, signature, issuer, validity, subject.
            var certificate = new AsnReader(encoded, AsnEncodingRules.DER).ReadSequence().ReadSequence();
            if (certificate.PeekTag().HasSameClassAndValue(new Asn1Tag(TagClass.ContextSpecific, 0)))
            {
                certificate.ReadEncodedValue();
            }

            certificate.ReadEncodedValue();
            certificate.ReadEncodedValue();
            var issuer = NameOf(certificate.ReadEncodedValue());
            certificate.ReadEncodedValue();
            return new Authority(NameOf(certificate.ReadEncodedValue()), issuer, encoded);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }

    /// <summary>
    /// A name so that those are the same that OpenSSL takes for the same (<c>X509_NAME_cmp</c>): whatever kind of string it is written in,
    /// in whatever case, and with however many spaces.
    /// </summary>
    /// <exception cref="AsnContentException">It is none.</exception>
    public static string NameOf(ReadOnlyMemory<byte> encoded)
    {
        var text = new StringBuilder();
        var name = new AsnReader(encoded, AsnEncodingRules.BER).ReadSequence();
        while (name.HasData)
        {
            var part = name.ReadSetOf();
            while (part.HasData)
            {
                var attribute = part.ReadSequence();
                text.Append(attribute.ReadObjectIdentifier()).Append('=').Append(ValueOf(attribute)).Append('\n');
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string ValueOf(AsnReader attribute)
    {
        var tag = attribute.PeekTag();
        if (
            tag.TagClass == TagClass.Universal
            && (UniversalTagNumber)tag.TagValue
                is UniversalTagNumber.UTF8String
                    or UniversalTagNumber.PrintableString
                    or UniversalTagNumber.IA5String
                    or UniversalTagNumber.VisibleString
                    or UniversalTagNumber.BMPString
                    or UniversalTagNumber.T61String
        )
        {
            var words = attribute
                .ReadCharacterString((UniversalTagNumber)tag.TagValue)
                .Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            return string.Join(' ', words).ToLowerInvariant();
        }

        return Convert.ToHexString(attribute.ReadEncodedValue().Span);
    }
}
