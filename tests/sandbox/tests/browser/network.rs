//! What the browser loaded, and what it reports.

use std::collections::BTreeMap;

use serde_json::Value;

/// The requests of a page.
#[derive(Debug, Default)]
pub(crate) struct Network(BTreeMap<String, Exchange>);

/// A request, and what became of it.
#[derive(Debug, Default)]
pub(crate) struct Exchange {
    pub(crate) url: String,
    pub(crate) method: String,
    /// `Document`, `Stylesheet`, `Fetch` and so on.
    pub(crate) kind: String,
    /// That of the last answer; none if there is no answer yet.
    pub(crate) status: Option<u64>,
    pub(crate) failure: Option<String>,
}

impl Network {
    /// Reads the log `performance`.
    pub(crate) fn read(log: &[Value]) -> Self {
        let mut network = Self::default();
        for entry in log {
            let message: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
            network.add(&message["message"]);
        }
        network
    }

    fn add(&mut self, event: &Value) {
        let parameters = &event["params"];
        let Some(id) = parameters["requestId"].as_str() else { return };
        let exchange = self.0.entry(id.to_owned()).or_default();
        let text = |pointer: &str| parameters.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        match event["method"].as_str().unwrap() {
            "Network.requestWillBeSent" => {
                text("/request/url").clone_into(&mut exchange.url);
                text("/request/method").clone_into(&mut exchange.method);
                text("/type").clone_into(&mut exchange.kind);
            }
            "Network.responseReceived" => exchange.status = parameters["response"]["status"].as_u64(),
            // Also that of an answer which the page may not see.
            "Network.responseReceivedExtraInfo" => exchange.status = parameters["statusCode"].as_u64(),
            // Leaving a page ends what it was loading, its events among them.
            "Network.loadingFailed"
                if parameters["canceled"] == true && text("/blockedReason").is_empty() => {}
            "Network.loadingFailed" => {
                exchange.failure = Some(format!("{} {}", text("/errorText"), text("/blockedReason")));
            }
            _ => {}
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Exchange> {
        // Chromium also tells about requests that no page made.
        self.0.values().filter(|exchange| !exchange.url.is_empty())
    }
}

/// What is wrong with the requests of pages of the sandbox at `origin`, and what the browser complained about.
pub(crate) fn problems(origin: &str, network: &Network, log: &[Value]) -> Vec<String> {
    let mut problems = Vec::new();
    for exchange in network.iter() {
        let inside = exchange.url.strip_prefix(origin).is_some_and(|path| path.starts_with('/'));
        if !inside || exchange.failure.is_some() || exchange.status.is_some_and(|status| status >= 400) {
            problems.push(format!("{exchange:?}"));
        }
    }
    let serious = log.iter().filter(|entry| !matches!(entry["level"].as_str(), Some("DEBUG" | "INFO")));
    problems.extend(serious.map(Value::to_string));
    problems
}
