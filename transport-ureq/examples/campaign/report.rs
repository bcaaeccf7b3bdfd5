//! Prints the steps of the campaign.

use std::error::Error as StdError;
use std::time::{Duration, Instant};

use wechatpay_ureq::core::error::ErrorCode;
use wechatpay_ureq::core::{Answer, Error};

pub(crate) struct Report {
    steps: u32,
    began: Instant,
}

impl Report {
    pub(crate) fn new() -> Self {
        Self { steps: 0, began: now() }
    }

    /// Runs and prints a step that must succeed.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        send: impl FnOnce() -> Result<Answer<T>, Error>,
        summary: impl FnOnce(&T) -> String,
    ) -> Result<Answer<T>, Error> {
        let began = now();
        let response = send().inspect_err(|_| println!("{name}: failed"))?;
        self.line(name, &summary(&response.value), response.request_id(), began.elapsed());
        Ok(response)
    }

    /// Runs and prints a step that is not a single operation.
    pub(crate) fn other<T, E>(
        &mut self,
        name: &str,
        act: impl FnOnce() -> Result<T, E>,
        summary: impl FnOnce(&T) -> String,
    ) -> Result<(), E> {
        let began = now();
        let result = act().inspect_err(|_| println!("{name}: failed"))?;
        self.line(name, &summary(&result), None, began.elapsed());
        Ok(())
    }

    /// Runs and prints a step that the platform must reject with this code.
    pub(crate) fn refusal<T>(
        &mut self,
        name: &str,
        send: impl FnOnce() -> Result<Answer<T>, Error>,
        code: &ErrorCode,
    ) -> Result<(), Box<dyn StdError>> {
        let began = now();
        match send() {
            Ok(_) => Err(format!("{name}: should have been refused with {code}").into()),
            Err(error) => match error.api() {
                Some(api) if api.code() == Some(code) => {
                    let summary =
                        format!("refused: {code} {} ({})", api.message().unwrap_or(""), error.outcome());
                    self.line(name, &summary, api.request_id(), began.elapsed());
                    Ok(())
                }
                _ => Err(error.into()),
            },
        }
    }

    fn line(&mut self, name: &str, summary: &str, request_id: Option<&str>, took: Duration) {
        self.steps = self.steps.saturating_add(1);
        let id = request_id.map(|id| format!("request id {id}, ")).unwrap_or_default();
        println!("{:>2}. {name}\n    {summary}\n    {id}{:.1} ms", self.steps, took.as_secs_f64() * 1e3);
    }

    pub(crate) fn end(&self) {
        println!(
            "\nThe campaign is complete: {} steps in {:.1} s.",
            self.steps,
            self.began.elapsed().as_secs_f64()
        );
    }
}

#[expect(clippy::disallowed_methods, reason = "the report shows how long things take")]
fn now() -> Instant {
    Instant::now()
}
