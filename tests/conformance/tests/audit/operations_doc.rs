//! The tables in `docs/operations.md` match the operations in the code, and the sandbox has a handler for each operation.

use wechatpay_core::{Client, DownloadCertificates, Operation, ResponseSignature};
use wechatpay_sandbox::Sandbox;

use crate::*;

/// Most paths in the tables are relative to this one.
const COUPONS: &str = "/v3/marketing/favor";

/// What the tables must say: name, method, path, idempotent and signed.
struct Expected(BTreeSet<[String; 5]>);

impl Expected {
    fn insert<O: Operation>(&mut self) {
        let name = std::any::type_name::<O>();
        let name = name.rsplit_once("::").map_or(name, |(_, name)| name);
        let path = O::PATH.strip_prefix(COUPONS).unwrap_or(O::PATH);
        let idempotent = if O::IDEMPOTENT { "yes" } else { "no" };
        let signed = match O::RESPONSE_SIGNATURE {
            ResponseSignature::Required => "yes",
            _ => "optional",
        };
        self.0.insert([name, O::METHOD.as_str(), path, idempotent, signed].map(str::to_owned));
    }
}

impl EachOperation for Expected {
    fn operation<O: ArbitraryOperation>(&mut self) {
        self.insert::<O>();
    }
}

/// A row of an operation. `None` for other lines, which have no method and path in the third column.
fn row(line: &str) -> Option<[String; 5]> {
    let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
    let [name, _, request, idempotent, signed, ..] = cells.as_slice() else { return None };
    let (method, path) = request.split_once(" `")?;
    // A reason may follow: "yes, by `out_request_no`".
    let idempotent = idempotent.split([' ', ',']).next()?;
    let unquoted = name.strip_prefix('`')?.strip_suffix('`')?;
    Some([unquoted, method, path.strip_suffix('`')?, idempotent, signed].map(str::to_owned))
}

#[test]
fn every_operation_has_a_correct_row() {
    let mut expected = Expected(BTreeSet::new());
    each_operation(&mut expected);
    expected.insert::<DownloadCertificates>();
    let text = std::fs::read_to_string(workspace("docs/operations.md")).unwrap();
    let (rows, expected) = (text.lines().filter_map(row).collect::<BTreeSet<_>>(), expected.0);
    let missing: Vec<_> = expected.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&expected).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing rows: {missing:?}; wrong rows: {unknown:?}");
}

#[test]
fn the_sandbox_handles_every_operation() {
    struct Asked(Client, Sandbox);
    impl EachOperation for Asked {
        fn operation<O: ArbitraryOperation>(&mut self) {
            let response = self.1.handle(self.0.request(&sample::<O>(), stamp()).unwrap(), TIMESTAMP);
            // The response to an unknown path or method has an empty body.
            let unknown = [404, 405].contains(&response.status().as_u16()) && response.body().is_empty();
            assert!(!unknown, "the sandbox has no handler for {}", O::NAME);
        }
    }
    let (client, _, credentials) = pair(TIMESTAMP);
    each_operation(&mut Asked(client, Sandbox::new(credentials).unwrap()));
}
