//! Pictures for people. They are made only when they are asked for.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use crate::common::connection;
use crate::driver::Browser;
use crate::page::with_page;
use crate::scene::Scene;
use crate::session::{Part, Session};

/// The pictures of all pages, in `target/pictures`: light, dark, as on a small telephone, and in English.
#[test]
#[ignore = "cargo test -p wechatpay-sandbox --test browser -- --ignored pictures::pictures"]
fn pictures() {
    with_page(|page| {
        let scene = Scene::set(&page.client);
        let folder = workspace("target/pictures");
        // Those of an earlier run may be of other pages.
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        for (look, scheme, width, language) in [
            ("light", "light", 1200, "zh-CN"),
            ("dark", "dark", 1200, "zh-CN"),
            ("small", "light", 320, "zh-CN"),
            ("english", "light", 1200, "en"),
        ] {
            set(page.session, scheme, width);
            let headers = json!({ "headers": { "Accept-Language": language } });
            page.session.command("Network.setExtraHTTPHeaders", headers);
            let save = |name: &str| {
                let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
                fs::write(folder.join(format!("{look}{name}.png")), page.session.screenshot(Part::Page))
                    .unwrap();
            };
            for path in scene.paths() {
                page.open(&path);
                save(path.trim_start_matches("/_sandbox"));
            }
            let (unexplained, signed) = &scene.unexplained;
            page.open(&format!("/_sandbox/requests/{unexplained}"));
            page.submit(&format!("compare-{unexplained}"), &[("message", signed)]);
            save(" compared");
            page.open(&format!("/_sandbox/coupons/{}", scene.sent));
            page.submit(&format!("redeem-{}", scene.sent), &[("order_amount", "1")]);
            save(" not done");
        }
    });
}

/// The picture in the READMEs: see `.ci/picture`.
#[test]
#[ignore = ".ci/picture"]
fn picture() {
    let (server, client) = connection::start();
    // The URL in the picture is the usual one.
    let names = format!("MAP localhost:8700 {}", server.local_addr());
    let Some(browser) = Browser::start(&names) else { return };
    let scene = Scene::set(&client);
    let session = &browser.session;
    set(session, "light", 1200);
    session.navigate(&format!("http://localhost:8700/_sandbox/requests/{}", scene.refused));
    let picture = session.screenshot(Part::Window);
    assert!(picture.len() < 150_000, "{} bytes", picture.len());
    fs::write(workspace("docs/console.png"), picture).unwrap();
}

fn set(session: &Session, scheme: &str, width: u32) {
    let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
    session.command("Emulation.setEmulatedMedia", media);
    let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
    session.command("Emulation.setDeviceMetricsOverride", size);
}

fn workspace(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}
