//! TLS to the database, with PostgreSQL's meaning of `sslmode`.

use crate::merchant::{Merchant, STOCK};
use crate::postgres::Server;

#[test]
fn who_answers_is_looked_at_where_sslmode_says_so() {
    let Some((server, port)) = Server::with_tls() else { return };
    let merchant = Merchant::new();
    let program = merchant.program();
    program.write("users.csv", "openid\no1\n");
    let certificate = server.certificate();
    let other = program.write("other.pem", merchant.credentials.certificate_pem());
    let plan = |host: &str, parameters: &str| {
        let address = format!("postgres://postgres@{host}:{port}/postgres?{parameters}");
        program.run(&format!("--ledger {address} send plan users.csv --campaign c --stock {STOCK}"))
    };
    let full = |path: &std::path::Path| format!("sslmode=verify-full&sslrootcert={}", path.display());
    for parameters in ["sslmode=disable", "sslmode=prefer", "sslmode=require", &full(&certificate)] {
        plan("localhost", parameters).succeeded();
    }
    // Public authorities, another authority, and another name.
    for (host, parameters) in [
        ("localhost", "sslmode=verify-full".to_owned()),
        ("localhost", full(&other)),
        ("127.0.0.1", full(&certificate)),
    ] {
        let ran = plan(host, &parameters).failed(1);
        assert!(
            ran.stderr.contains("the certificate of the database is not accepted"),
            "{parameters}: {ran:?}"
        );
    }
}
