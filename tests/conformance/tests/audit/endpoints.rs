//! `ENDPOINTS.md` has exactly one row for every operation, with its method and path, and the sandbox has a handler for
//! every operation.

use wechatpay_core::{Client, DownloadCertificates, Operation};
use wechatpay_sandbox::Sandbox;

use crate::*;

/// The prefix that the first table omits from its paths.
const COUPONS: &str = "/v3/marketing/favor";

struct Expected(BTreeSet<String>);

impl Expected {
    fn insert<O: Operation>(&mut self) {
        let name = std::any::type_name::<O>();
        let name = name.rsplit_once("::").map_or(name, |(_, name)| name);
        let path = O::PATH.strip_prefix(COUPONS).unwrap_or(O::PATH);
        self.0.insert(format!("{name}: {} {path}", O::METHOD));
    }
}

impl EachOperation for Expected {
    fn operation<O: MadeUp>(&mut self) {
        self.insert::<O>();
    }
}

#[test]
fn endpoints_md_lists_every_operation_with_method_and_path() {
    let mut expected = Expected(BTreeSet::new());
    each_operation(&mut expected);
    expected.insert::<DownloadCertificates>();
    let text = std::fs::read_to_string(workspace("ENDPOINTS.md")).unwrap();
    let rows = text.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("| `")?.split(" | ");
        let (name, _, request) = (cells.next()?.strip_suffix('`')?, cells.next()?, cells.next()?);
        let name = name.rsplit_once("::").map_or(name, |(_, name)| name);
        // Events and their callbacks have no method.
        let (method, path) = request.split_once(" `")?;
        Some(format!("{name}: {method} {}", path.strip_suffix('`')?))
    });
    let (rows, expected) = (rows.collect::<BTreeSet<_>>(), expected.0);
    let missing: Vec<_> = expected.difference(&rows).collect();
    let unknown: Vec<_> = rows.difference(&expected).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "missing rows: {missing:?}; rows without an operation: {unknown:?}"
    );
}

#[test]
fn the_sandbox_has_a_handler_for_every_operation() {
    struct Check(Client, Sandbox);
    impl EachOperation for Check {
        fn operation<O: MadeUp>(&mut self) {
            let response = self.1.handle(self.0.request(&sample::<O>(), stamp()).unwrap(), TIMESTAMP);
            // The body is empty if there is no handler.
            let unknown = [404, 405].contains(&response.status().as_u16()) && response.body().is_empty();
            assert!(!unknown, "the sandbox has no handler for {}", O::NAME);
        }
    }
    let (client, _, credentials) = pair(TIMESTAMP);
    each_operation(&mut Check(client, Sandbox::new(credentials).unwrap()));
}
