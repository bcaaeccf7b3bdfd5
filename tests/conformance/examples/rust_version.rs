//! Checks that no dependency of the published crates declares a newer Rust version than the crates themselves, with any
//! feature and on any platform. It only compares the declared versions, so it needs no other toolchain.
//!
//! ```text
//! cargo metadata --locked --all-features --format-version 1 | cargo run -p wechatpay-conformance --example rust_version
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error as StdError;
use std::io;
use std::process::ExitCode;

use serde_json::Value;

/// Packages whose newer Rust version is documented: an optional dependency, the sandbox, and the program with its database.
const EXCEPTIONS: [&str; 4] = ["graviola", "rusqlite", "wechatpay-cli", "wechatpay-sandbox"];

fn main() -> Result<ExitCode, Box<dyn StdError>> {
    let metadata: Value = serde_json::from_reader(io::stdin().lock())?;
    let packages: BTreeMap<&str, &Value> =
        list(&metadata["packages"]).map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"]["nodes"]).map(|node| (text(&node["id"]), node)).collect();

    // `publish` is null for crates that can be published, and an empty list for the others.
    let published: BTreeSet<&str> = list(&metadata["workspace_members"])
        .map(text)
        .filter(|id| packages[id]["publish"].is_null())
        .collect();
    let mut reached = published.clone();
    let mut open: Vec<&str> = published.iter().copied().collect();
    while let Some(id) = open.pop() {
        for dependency in list(&nodes[id]["deps"]) {
            let builds = list(&dependency["dep_kinds"]).any(|kind| kind["kind"] != "dev");
            if builds && reached.insert(text(&dependency["pkg"])) {
                open.push(text(&dependency["pkg"]));
            }
        }
    }

    let ours = published.iter().filter_map(|id| rust_version(packages[id])).min().ok_or("no rust-version")?;
    let mut newer = BTreeSet::new();
    let mut undeclared = 0;
    for id in reached {
        let package = packages[id];
        match rust_version(package) {
            Some(version) if version > ours => {
                println!("{} {} needs Rust {version:?}", text(&package["name"]), text(&package["version"]));
                newer.insert(text(&package["name"]));
            }
            Some(_) => {}
            None => undeclared += 1,
        }
    }
    println!("the crates need {ours:?}; {undeclared} dependencies declare no version");
    if newer == BTreeSet::from(EXCEPTIONS) {
        return Ok(ExitCode::SUCCESS);
    }
    println!("only these packages may need a newer version, and they must: {EXCEPTIONS:?}");
    Ok(ExitCode::FAILURE)
}

fn rust_version(package: &Value) -> Option<Vec<u32>> {
    let version = package["rust_version"].as_str()?;
    let mut parts: Vec<u32> = version.split('.').map_while(|part| part.parse().ok()).collect();
    parts.resize(3, 0);
    Some(parts)
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
