using Npgsql;

namespace CodeRepoOperator.Indexing.Tables;

public sealed class ConnectionTextTests
{
    /// <summary>What is written, and what Npgsql makes of it.</summary>
    internal static readonly (string Text, string Means)[] Understood =
    [
        ("Host=db;Username=u;Password=p", "Host=db;Username=u;Password=p"),
        ("Host=db;Target Session Attributes=primary", "Host=db"),
        ("Host=db;TargetSessionAttributes=read-write", "Host=db"),
        ("Host=a,b;Target Session Attributes=prefer-primary", "Host=a,b"),
        ("host=db", "Host=db"),
        ("host=db;username=u v;password=a=b", "Host=db;Username=u v;Password=a=b"),
        ("Host=db;Password='a b=c d=e'", "Host=db;Password=\"a b=c d=e\""),
        ("password=a user=b;host=db", "Password=\"a user=b\";Host=db"),
        ("host=db user=u", "Host=db;Username=u"),
        ("user=u", ""),
        (
            @"host = db port=6543 user='a b' password='it\'s \\ ; = #' dbname=app",
            "Host=db;Port=6543;Username=a b;Password=\"it's \\ ; = #\";Database=app"
        ),
        (@"host=db user=u password=a\ b;c", "Host=db;Username=u;Password=\"a b;c\""),
        ("host=a,b port=1,2 user=u", "Host=a:1,b:2;Username=u"),
        ("host=a,b port=6432 user=u", "Host=a:6432,b:6432;Username=u"),
        ("host=::1,b port=1,2 user=u", "Host=[::1]:1,b:2;Username=u"),
        ("hostaddr=10.0.0.1 user=u", "Host=10.0.0.1;Username=u"),
        ("host=/var/run/postgresql user=u", "Host=/var/run/postgresql;Username=u"),
        ("host=db user=u target_session_attrs=read-write", "Host=db;Username=u"),
        ("host=db user=u sslmode=verify-full sslrootcert=/ca.crt", "Host=db;Username=u;SSL Mode=VerifyFull;Root Certificate=/ca.crt"),
        ("host=db user=u sslmode=require sslrootcert=/ca.crt", "Host=db;Username=u;SSL Mode=VerifyCA;Root Certificate=/ca.crt"),
        ("host=db user=u sslrootcert=system", "Host=db;Username=u;SSL Mode=VerifyFull"),
        (
            "host=db user=u connect_timeout=10 application_name=x options='-c a=b'",
            "Host=db;Username=u;Timeout=10;Application Name=x;Options=-c a=b"
        ),
        (
            "host=db user=u keepalives=1 keepalives_idle=30 keepalives_count=3 client_encoding=utf8",
            "Host=db;Username=u;TCP Keepalive=True;TCP Keepalive Time=30"
        ),
        (
            "host=db user=u load_balance_hosts=random channel_binding=require",
            "Host=db;Username=u;Load Balance Hosts=True;Channel Binding=Require"
        ),
        ("postgresql://u:p@db:5433/app", "Host=db;Port=5433;Username=u;Password=p;Database=app"),
        ("postgres://db", "Host=db"),
        ("PostgreSQL://db/", "Host=db"),
        (
            "postgresql://postgres.ref:p%40s%2Fs%3A%25@pooler.example.com:6543/postgres?sslmode=require",
            "Host=pooler.example.com;Port=6543;Username=postgres.ref;Password=p@s/s:%;Database=postgres;SSL Mode=Require"
        ),
        ("postgresql://u:a+b?c@db/app", "Host=db;Username=u;Password=a+b?c;Database=app"),
        ("postgresql://u@[2001:db8::1]:5433/app", "Host=2001:db8::1;Port=5433;Username=u;Database=app"),
        ("postgresql://u@a:1,[::1]:2,c/app?target_session_attrs=primary", "Host=a:1,[::1]:2,c;Username=u;Database=app"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/app", "Host=/var/run/postgresql;Database=app"),
        ("postgresql:///app?host=db&user=u&password=a%20b", "Host=db;Username=u;Password=a b;Database=app"),
        ("postgresql://db/app?ssl=true&application_name=a@b", ""),
        (
            "postgresql://u@db/app?ssl=true&application_name=a@b&connect_timeout=0",
            "Host=db;Username=u;Database=app;SSL Mode=Require;Application Name=a@b;Timeout=0"
        ),
    ];

    public static TheoryData<string> UnderstoodTexts => [.. Understood.Where(one => one.Means.Length > 0).Select(one => one.Text)];

    [Theory]
    [MemberData(nameof(UnderstoodTexts))]
    public void A_text_of_any_form_is_understood(string text)
    {
        var means = Understood.Single(one => one.Text == text).Means;

        Assert.True(ConnectionText.TryRead(text, out var settings, out var error), error);

        Assert.True(new NpgsqlConnectionStringBuilder(means).EquivalentTo(settings), settings.ConnectionString);
        new NpgsqlDataSourceBuilder(settings.ConnectionString).BuildMultiHost().Dispose();
    }

    [Theory]
    [InlineData("", "is no connection string: write Host=")]
    [InlineData("s3cret", "is no connection string: write Host=")]
    [InlineData("Username=u;Password=s3cret", "is no connection string: write Host=")]
    [InlineData("Host=db;Paswort=s3cret", "Did you mean Password?")]
    [InlineData("Host=db;Password=s3c;s3cret=x", "values with ; or = in quotes")]
    [InlineData("Host=db;Port=s3cret", "port has a value that it can't have")]
    [InlineData("Host=db;SSL Mode=s3cret", "ssl mode has a value that it can't have")]
    [InlineData("Host=db;dbname=s3cret", "dbname is a keyword of libpq's form")]
    [InlineData(
        "Host=db;Target Session Attributes=standby",
        "Target Session Attributes (target_session_attrs) asks for a server that takes no writes"
    )]
    [InlineData("host=db user=u target_session_attrs=read-only", "target_session_attrs")]
    [InlineData("host=db user=u target_session_attrs=s3cret", "target_session_attrs has a value that it can't have")]
    [InlineData("host=db user=u sslcrl=s3cret", "sslcrl is a parameter that is not understood")]
    [InlineData("host=db user=u password=my s3cret", "in single quotes")]
    [InlineData("host=db user=u password=my S3CRET=x", "a parameter in it is not understood")]
    [InlineData("host=db user=u password='s3cret", "a single quote is not closed")]
    [InlineData("host=db user=u port=s3cret", "port must be a number from 1 to 65535")]
    [InlineData("host=a,b user=u port=1,2,3", "as many servers")]
    [InlineData("host=db hostaddr=10.0.0.1", "hostaddr")]
    [InlineData("user=u password=s3cret", "host is missing")]
    [InlineData("host=db user=u sslmode=s3cret", "sslmode must be one of disable, allow")]
    [InlineData("host=db user=u sslmode=require sslrootcert=system", "sslrootcert")]
    [InlineData("host=db user=u connect_timeout=s3cret", "connect_timeout must be a number")]
    [InlineData("host=db user=u client_encoding=LATIN1", "client_encoding must be UTF8")]
    [InlineData("jdbc:postgresql://u:s3cret@db/app", "write postgresql://, not another scheme")]
    [InlineData("postgresql+asyncpg://u:s3cret@db/app", "write postgresql://, not another scheme")]
    [InlineData("postgresql://u:s3cret@db/app?pgbouncer=true", "pgbouncer is a parameter that is not understood")]
    [InlineData("postgresql://u:s3cret@db/app?sslmode", "is no name=value")]
    [InlineData("postgresql://u:p@s3cret@db/app", "write @ / ? # % and spaces")]
    [InlineData("postgresql://u:p/s3cret@db/app", "write @ / ? # % and spaces")]
    [InlineData("postgresql://u:1/a?s3cret=x@db/app", "write @ / ? # % and spaces")]
    [InlineData("postgresql://u:p@x/s3cret@db/app", "write @ / ? # % and spaces")]
    [InlineData("postgresql://u:s3cret%@db/app", "a % in it is followed by no two digits")]
    [InlineData("postgresql://u:s3cret%00@db/app", "a % in it is followed by no two digits")]
    [InlineData("postgresql://db:s3cret/app", "a host of it is none")]
    [InlineData("postgresql://u:s3cret@/app", "host is missing")]
    public void What_is_not_understood_is_reported_by_its_name_and_no_value(string text, string reported)
    {
        Assert.False(ConnectionText.TryRead(text, out _, out var error));

        Assert.Contains(reported, error, StringComparison.Ordinal);
        Assert.DoesNotContain("s3cret", error, StringComparison.OrdinalIgnoreCase);
    }
}
