//! `chromedriver` as a process, and the browser that it starts.

use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Write as _, stderr};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Once;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::session::Session;

/// A variable under which a missing browser is an error.
const REQUIRED: &str = "WECHATPAY_REQUIRE_BROWSER";
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// A browser with one window. It ends when this is dropped.
pub(crate) struct Browser {
    pub(crate) session: Session,
    // Fields are dropped in this order: the session closes the browser before its driver and its profile go.
    _driver: Driver,
    _profile: TempDir,
}

impl Browser {
    /// Starts a browser in which these names lead to these addresses: see Chromium's `--host-resolver-rules`. Returns
    /// `None` if there is no browser here.
    pub(crate) fn start(names: &str) -> Option<Self> {
        let browsers: Vec<PathBuf> = BROWSERS.into_iter().filter_map(find).collect();
        let missing = match find("chromedriver") {
            Some(driver) if !browsers.is_empty() => return Some(Self::run(&driver, &browsers, names)),
            Some(_) => "chromium",
            None => "chromedriver",
        };
        assert!(
            variable(REQUIRED).is_none_or(|value| value != "1"),
            "{missing} is not installed, and {REQUIRED} is 1 (Debian: chromium and chromium-driver)"
        );
        left_out(missing);
        None
    }

    /// Takes the first of the browsers that fits the driver.
    fn run(driver: &Path, browsers: &[PathBuf], names: &str) -> Self {
        let (driver, profile) = (Driver::start(driver), tempfile::tempdir().unwrap());
        let mut refusals = Vec::new();
        for browser in browsers {
            match Session::start(&driver.url, &capabilities(browser, profile.path(), names)) {
                Ok(session) => return Self { session, _driver: driver, _profile: profile },
                Err(refusal) => refusals.push(format!("{}: {refusal}", browser.display())),
            }
        }
        panic!("no browser starts: {refusals:#?}");
    }
}

/// Says once what these tests left out. `eprintln!` would be kept back, because they pass.
fn left_out(missing: &str) {
    static SAID: Once = Once::new();
    SAID.call_once(|| {
        let says = "left out: the tests of the console in a browser, because";
        // Nobody may read it.
        let _ =
            writeln!(stderr(), "{says} {missing} is not installed (Debian: chromium and chromium-driver)");
    });
}

/// The running `chromedriver`.
struct Driver {
    child: Child,
    url: String,
    // If it were closed, the driver could not write to it.
    _stdout: BufReader<ChildStdout>,
}

impl Driver {
    fn start(path: &Path) -> Self {
        let mut command = Command::new(path);
        let command =
            command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        // It says on which port it listens once it does.
        let mut said = String::new();
        let port = loop {
            let start = said.len();
            assert_ne!(stdout.read_line(&mut said).unwrap(), 0, "chromedriver ended: {said}");
            if let Some((_, port)) = said[start..].split_once("started successfully on port ") {
                break port.trim_end().trim_end_matches('.').to_owned();
            }
        };
        Self { child, url: format!("http://127.0.0.1:{port}"), _stdout: stdout }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn capabilities(browser: &Path, profile: &Path, names: &str) -> Value {
    let mut arguments = vec![
        "--headless=new".to_owned(),
        "--disable-dev-shm-usage".to_owned(),
        "--no-proxy-server".to_owned(),
        // Chromium makes requests of its own otherwise.
        "--disable-background-networking".to_owned(),
        "--disable-component-update".to_owned(),
        "--disable-default-apps".to_owned(),
        "--disable-sync".to_owned(),
        "--no-first-run".to_owned(),
        "--no-default-browser-check".to_owned(),
        "--password-store=basic".to_owned(),
        // So that texts look the same everywhere.
        "--hide-scrollbars".to_owned(),
        "--force-device-scale-factor=1".to_owned(),
        "--force-color-profile=srgb".to_owned(),
        "--accept-lang=zh-CN".to_owned(),
        format!("--host-resolver-rules={names}"),
        format!("--user-data-dir={}", profile.display()),
    ];
    // Chromium's own sandbox does not work for root.
    if profile.metadata().unwrap().uid() == 0 {
        arguments.push("--no-sandbox".to_owned());
    }
    json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": browser, "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        // These only end failing tests.
        "timeouts": { "implicit": 20_000, "pageLoad": 60_000, "script": 20_000 },
        "unhandledPromptBehavior": "ignore",
    })
}

/// The file of a program on the path.
fn find(program: &str) -> Option<PathBuf> {
    let folders = variable("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[expect(clippy::disallowed_methods, reason = "which browser there is depends on the environment")]
fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}
