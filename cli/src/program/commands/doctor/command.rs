//! Which of a merchant's key, serial number, APIv3 key, clock and platform key is wrong.

use serde_json::{Map, Value, json};
use wechatpay_hyper::PROVIDER;
use wechatpay_hyper::core::SettingsError;

use crate::program::commands::doctor::checks::{self, certificates, echo, encryption};
use crate::program::commands::doctor::diagnosis::Diagnosis;
use crate::program::connection::Connection;
use crate::program::exit::Exit;
use crate::program::failure::Failure;
use crate::program::output::members;
use crate::program::session::Session;
use crate::program::texts::text;

/// Runs the checks one after another, and writes what they found.
///
/// # Errors
/// A [`Failure`] if the sandbox cannot be started or stdout cannot be written.
pub(crate) async fn doctor(session: &Session) -> Result<Exit, Failure> {
    let mut report = Report::default();
    // Without settings, the sandbox's are used, which are right.
    if session.variables.is_configured()
        && let Err(error) = settings(session, &mut report)
    {
        report.settings(&error);
        return report.write(session);
    }
    let connection = Connection::open(session).await?;
    report.head.insert("mchid".to_owned(), connection.mchid().as_str().into());
    report.head.insert("base_url".to_owned(), connection.base_url().to_string().into());
    let client = connection.client();
    // First, because the certificates that it downloads verify the other responses.
    let key = report.check("certificates", certificates(client).await);
    if report.check("echo", echo(client).await) && key {
        report.check("encryption", encryption(client).await);
    }
    report.write(session)
}

/// Looks at the settings, without the platform.
fn settings(session: &Session, report: &mut Report) -> Result<(), SettingsError> {
    let settings = session.variables.settings()?;
    settings.merchant(&PROVIDER)?;
    report.check("private_key", Ok(text!("the private key can be used (商户 API 私钥)")));
    if settings.has_certificate() {
        report.check("certificate", Ok(text!("key, certificate and serial number belong together")));
    }
    let serials = settings.platform_keys(&PROVIDER)?.serials();
    let says = match serials.as_slice() {
        [] => text!("no key of the platform is given: its certificates are downloaded"),
        serials => text!("the platform's keys can be used: {serials}", serials = serials.join(", ")),
    };
    report.check("platform_keys", Ok(says));
    Ok(())
}

/// What the checks found.
#[derive(Default)]
struct Report {
    head: Map<String, Value>,
    checks: Vec<Value>,
    lines: Vec<String>,
    /// How the first check that failed ends the program.
    failed: Option<Exit>,
}

impl Report {
    /// Records a check. Returns whether it succeeded.
    fn check(&mut self, name: &str, found: checks::Result) -> bool {
        match found {
            Ok(says) => {
                self.lines.push(format!("✓ {says}"));
                self.checks.push(json!({ "check": name, "ok": true, "says": says }));
                true
            }
            Err(Diagnosis { cause, says, differences, exit }) => {
                self.lines.push(format!("✗ {name}: {says}"));
                self.checks.push(json!({
                    "check": name, "ok": false, "says": says, "cause": cause, "differences": differences,
                }));
                self.failed.get_or_insert(exit);
                false
            }
        }
    }

    fn settings(&mut self, error: &SettingsError) {
        for problem in error.problems() {
            self.lines.push(format!("✗ {problem:#}"));
            self.checks.push(json!({
                "check": "settings", "ok": false, "says": format!("{problem:#}"), "cause": "settings",
                "variable": problem.variable(),
            }));
        }
        self.failed.get_or_insert(Exit::Configuration);
    }

    fn write(self, session: &Session) -> Result<Exit, Failure> {
        let Self { head, checks, lines, failed } = self;
        let mut json = members(json!({ "ok": failed.is_none(), "checks": checks }));
        json.extend(head.clone());
        session.output.document(json, || {
            let head = head.get("mchid").zip(head.get("base_url"));
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let head = head.map(|(mchid, url)| {
                format!("{}\n", text!("{mchid} at {url}", mchid = text(mchid), url = text(url)))
            });
            format!("{}{}", head.unwrap_or_default(), lines.join("\n"))
        })?;
        Ok(failed.unwrap_or(Exit::Done))
    }
}
