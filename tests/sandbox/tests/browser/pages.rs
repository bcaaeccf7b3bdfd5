//! All pages: what everybody can read and use.

use std::collections::BTreeMap;

use serde_json::json;

use crate::page::{Page, look, with_page};
use crate::scene::{PAGES, Scene};

const CONTRAST: &str = include_str!("contrast.js");
const TAB: char = '\u{E004}';
const ENTER: char = '\u{E007}';

/// Asserts that a page is shown, and no error.
#[track_caller]
fn assert_shown(page: &Page<'_>, path: &str) {
    let script = r#"
        const count = (selector) => document.querySelectorAll(selector).length;
        return [count("h1"), document.querySelector("h1").textContent !== "", count("[role=alert]")];
    "#;
    assert_eq!(page.evaluate(script), json!([1, true, 0]), "{path}");
}

/// Opens all pages of a sandbox in which something has happened.
fn all(page: &Page<'_>, mut check: impl FnMut(&str)) {
    let scene = Scene::set(&page.client);
    for path in scene.paths() {
        page.open(&path);
        assert_shown(page, &path);
        check(&path);
    }
}

#[test]
fn every_page_opens_in_an_empty_sandbox_by_its_link() {
    look(|page| {
        page.open("/");
        let links = page
            .evaluate("return [...document.querySelectorAll('nav a')].map((a) => a.getAttribute('href'))");
        let links: Vec<String> = serde_json::from_value(links).unwrap();
        assert_eq!(links.len(), 9, "{links:?}");
        for link in links {
            page.leave(|| page.session.find(&format!("nav a[href={link:?}]")).click());
            assert_eq!(page.path(), link);
            assert_shown(page, &link);
        }
    });
}

#[test]
fn every_page_opens_and_so_do_its_links() {
    look(|page| {
        let mut links = BTreeMap::new();
        all(page, |path| {
            let here = page.evaluate("return document.querySelectorAll('nav a[aria-current=page]').length");
            assert_eq!(here, 1, "{path}");
            let found = page.evaluate("return [...document.querySelectorAll('a')].map((a) => a.href)");
            for link in serde_json::from_value::<Vec<String>>(found).unwrap() {
                // One of each kind is enough: there is a link for each request and coupon.
                let kind = link.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '-').to_owned();
                links.insert(kind, link);
            }
        });
        assert!(links.len() > 6, "{links:?}");
        for link in links.values() {
            page.session.navigate(link);
        }
    });
}

/// The tests above would also pass if the browser reported nothing.
#[test]
fn a_request_to_another_host_is_blocked_and_reported() {
    with_page(|page| {
        page.open("/");
        let outside = r#"
            const image = Object.assign(new Image(), { src: "http://outside.example/image.png" });
            const blocked = new Promise((done) => { image.onerror = () => done("blocked"); });
            return [await blocked, await fetch("http://outside.example/").catch((error) => error.name)];
        "#;
        assert_eq!(page.evaluate(outside), json!(["blocked", "TypeError"]));
        let problems = page.problems();
        for part in ["outside.example", "Content Security Policy"] {
            assert!(problems.iter().any(|problem| problem.contains(part)), "{part}: {problems:#?}");
        }
    });
}

#[test]
fn all_pages_work_without_scripts() {
    look(|page| {
        page.session.command("Emulation.setScriptExecutionDisabled", json!({ "value": true }));
        all(page, |path| {
            let offers = page.evaluate(
                "return [...document.querySelectorAll('button:not([hidden])')].filter((button) => !button.form).length",
            );
            assert_eq!(offers, 0, "{path} has a button that does nothing");
        });
        page.open("/_sandbox/clock");
        page.submit("advance", &[("advance_seconds", "3600")]);
        assert_eq!(page.path(), "/_sandbox/clock");
        assert_eq!(page.client.state()["clock"]["advanced_seconds"], 3600);
    });
}

#[test]
fn no_page_is_wider_than_a_small_telephone() {
    look(|page| {
        let small = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false });
        page.session.command("Emulation.setDeviceMetricsOverride", small);
        all(page, |path| {
            let wide = r#"
                const width = document.scrollingElement.scrollWidth;
                const wide = [...document.querySelectorAll("body *")].filter((element) =>
                    element.getBoundingClientRect().right > 320).slice(0, 9).map((element) =>
                    `${element.tagName} ${element.className} ${element.textContent.slice(0, 30)}`);
                return [innerWidth, width, width > 320 ? wide : []];
            "#;
            assert_eq!(page.evaluate(wide), json!([320, 320, []]), "{path}");
        });
    });
}

#[test]
fn a_budget_is_on_one_line_and_its_bar_on_another_on_a_small_telephone() {
    look(|page| {
        Scene::set(&page.client);
        let small = json!({ "width": 320, "height": 640, "deviceScaleFactor": 1, "mobile": false });
        page.session.command("Emulation.setDeviceMetricsOverride", small);
        page.open("/_sandbox/stocks");
        let lines = r#"
            return [...document.querySelectorAll(".budget")].map((budget) => {
                const [bar, money] = [budget.querySelector("meter"), budget.querySelector(".money")];
                return bar.getBoundingClientRect().bottom <= money.getBoundingClientRect().top
                    && money.getClientRects().length === 1;
            });
        "#;
        assert_eq!(page.evaluate(lines), json!([true, true]));
    });
}

/// In the boxes of the page, one form ends before another begins, and each box can be seen.
#[test]
fn a_field_stands_in_a_box_with_its_own_button_only() {
    look(|page| {
        page.open("/_sandbox/clock");
        for width in [1200, 320] {
            let size = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": false });
            page.session.command("Emulation.setDeviceMetricsOverride", size);
            let unclear = r#"
                const boxes = [...document.querySelectorAll("form")].filter((form) => form.querySelector(".field"));
                const overlap = (one, other) => one.left < other.right && other.left < one.right
                    && one.top < other.bottom && other.top < one.bottom;
                const unclear = boxes.filter((box) => parseFloat(getComputedStyle(box).borderTopWidth) < 1
                    || [...document.querySelectorAll("button")].some((button) => button.form !== box
                        && overlap(box.getBoundingClientRect(), button.getBoundingClientRect())));
                return [boxes.length, unclear.map((box) => box.id)];
            "#;
            assert_eq!(page.evaluate(unclear), json!([7, []]), "{width}");
        }
    });
}

#[test]
fn texts_can_be_read_in_light_and_in_dark() {
    look(|page| {
        all(page, |path| {
            let [light, dark] = ["light", "dark"].map(|scheme| {
                let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
                page.session.command("Emulation.setEmulatedMedia", media);
                let seen = page.session.execute(CONTRAST, json!([4.5]));
                assert_eq!(seen["found"], json!([]), "{scheme}: {path}");
                assert!(seen["count"].as_u64().unwrap() > 10, "{scheme}: {path}: {seen}");
                seen["page"].as_array().unwrap().iter().map(|part| part.as_f64().unwrap()).sum::<f64>()
            });
            assert!(light > 600.0 && dark < 150.0, "{path}: {light} {dark}");
        });
    });
}

#[test]
fn a_form_can_be_used_by_the_keyboard_alone() {
    look(|page| {
        page.open("/_sandbox/clock");
        let at_button = "return document.activeElement.matches('#form-advance-day button')";
        let visible =
            "const style = getComputedStyle(document.activeElement); return style.outlineStyle !== 'none'";
        for pressed in 0.. {
            assert!(pressed < 100, "the button is not reached");
            page.session.press(TAB);
            assert_eq!(page.evaluate(visible), true, "the focus cannot be seen after {pressed} keys");
            if page.evaluate(at_button) == true {
                break;
            }
        }
        page.leave(|| page.session.press(ENTER));
        assert_eq!(page.client.state()["clock"]["advanced_seconds"], 86400);
    });
}

#[test]
fn pages_are_in_the_language_of_the_browser() {
    look(|page| {
        for (language, lang) in [("zh-CN", "zh-CN"), ("en", "en")] {
            let headers = json!({ "headers": { "Accept-Language": language } });
            page.session.command("Network.setExtraHTTPHeaders", headers);
            for path in PAGES {
                page.open(path);
                let seen = page.evaluate("return [document.documentElement.lang, document.body.innerText]");
                let text = seen[1].as_str().unwrap();
                let chinese = text.chars().any(|c| ('\u{4E00}'..='\u{9FFF}').contains(&c));
                assert_eq!((seen[0].as_str(), chinese), (Some(lang), lang != "en"), "{path}: {text}");
            }
        }
    });
}
