//! The calls of WebDriver that the tests need, over plain HTTP.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;
use ureq::http::Method;

/// The member that has the id of an element: see the WebDriver standard.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A session, which is one browser with one window. The browser is closed when this is dropped.
pub(crate) struct Session {
    agent: Agent,
    url: String,
}

/// What is on a picture.
#[derive(Clone, Copy)]
pub(crate) enum Part {
    Window,
    /// All of the page, however long it is.
    Page,
}

/// An element of the page.
pub(crate) struct Element<'a> {
    session: &'a Session,
    id: String,
}

impl Session {
    /// Starts a browser.
    pub(crate) fn start(driver: &str, capabilities: &Value) -> Result<Self, String> {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            // This only ends failing tests.
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .new_agent();
        let new = format!("{driver}/session");
        let started =
            call(&agent, Method::POST, &new, &json!({ "capabilities": { "alwaysMatch": capabilities } }))?;
        let url = format!("{new}/{}", started["sessionId"].as_str().unwrap());
        Ok(Self { agent, url })
    }

    fn call(&self, method: Method, path: &str, body: &Value) -> Result<Value, String> {
        call(&self.agent, method, &format!("{}{path}", self.url), body)
    }

    #[track_caller]
    fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, &body).unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    #[track_caller]
    fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path, &Value::Null).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Opens a page, and waits until it is loaded.
    #[track_caller]
    pub(crate) fn navigate(&self, url: &str) {
        self.post("/url", json!({ "url": url }));
    }

    /// Opens another tab, and goes there. Returns the tab that was left.
    #[track_caller]
    pub(crate) fn open_tab(&self) -> Value {
        let left = self.get("/window");
        let new = self.post("/window/new", json!({ "type": "tab" }))["handle"].take();
        self.post("/window", json!({ "handle": new }));
        left
    }

    /// Closes the tab, and goes to another one.
    #[track_caller]
    pub(crate) fn close_tab(&self, next: &Value) {
        self.call(Method::DELETE, "/window", &Value::Null).unwrap();
        self.post("/window", json!({ "handle": next }));
    }

    /// The URL of the page.
    #[track_caller]
    pub(crate) fn url(&self) -> String {
        self.get("/url").as_str().unwrap().to_owned()
    }

    /// Finds an element by a CSS selector. Waits until it is there.
    #[track_caller]
    pub(crate) fn find(&self, selector: &str) -> Element<'_> {
        let found = self.post("/element", json!({ "using": "css selector", "value": selector }));
        Element { session: self, id: found[ELEMENT].as_str().unwrap().to_owned() }
    }

    /// The element that has the focus.
    #[track_caller]
    pub(crate) fn focused(&self) -> Element<'_> {
        Element { session: self, id: self.get("/element/active")[ELEMENT].as_str().unwrap().to_owned() }
    }

    /// Runs the body of a function, and returns its result. `await` waits.
    #[track_caller]
    pub(crate) fn execute(&self, script: &str, arguments: Value) -> Value {
        let script = format!("return (async (...args) => {{ {script} }})(...arguments)");
        self.post("/execute/sync", json!({ "script": script, "args": arguments }))
    }

    /// Calls a method of Chromium's own protocol.
    #[track_caller]
    pub(crate) fn command(&self, name: &str, parameters: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": name, "params": parameters }))
    }

    /// What was logged since the last call: `browser` or `performance`.
    #[track_caller]
    pub(crate) fn log(&self, kind: &str) -> Vec<Value> {
        match self.post("/se/log", json!({ "type": kind })) {
            Value::Array(entries) => entries,
            other => panic!("{other}"),
        }
    }

    /// A picture as PNG.
    #[track_caller]
    pub(crate) fn screenshot(&self, part: Part) -> Vec<u8> {
        let picture = match part {
            Part::Window => self.get("/screenshot"),
            Part::Page => {
                let size = self.command("Page.getLayoutMetrics", json!({}))["cssContentSize"].take();
                let clip =
                    json!({ "x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1 });
                let whole = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
                self.command("Page.captureScreenshot", whole)["data"].take()
            }
        };
        STANDARD.decode(picture.as_str().unwrap()).unwrap()
    }

    /// Presses a key.
    #[track_caller]
    pub(crate) fn press(&self, key: char) {
        let press = |kind: &str| json!({ "type": kind, "value": key });
        let actions =
            json!([{ "type": "key", "id": "keyboard", "actions": [press("keyDown"), press("keyUp")] }]);
        self.post("/actions", json!({ "actions": actions }));
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // The driver may have ended already.
        let _ = self.call(Method::DELETE, "", &Value::Null);
    }
}

impl Element<'_> {
    #[track_caller]
    pub(crate) fn click(&self) {
        self.session.post(&format!("/element/{}/click", self.id), json!({}));
    }

    /// Types a text in place of what is there.
    #[track_caller]
    pub(crate) fn write(&self, text: &str) {
        self.session.post(&format!("/element/{}/clear", self.id), json!({}));
        self.session.post(&format!("/element/{}/value", self.id), json!({ "text": text }));
    }

    /// The text as it is shown.
    #[track_caller]
    pub(crate) fn text(&self) -> String {
        self.session.get(&format!("/element/{}/text", self.id)).as_str().unwrap().to_owned()
    }

    /// A property, such as `tagName` or `value`.
    #[track_caller]
    pub(crate) fn property(&self, name: &str) -> Value {
        self.session.get(&format!("/element/{}/property/{name}", self.id))
    }
}

/// Makes a call. Returns the value, or what the driver says.
fn call(agent: &Agent, method: Method, url: &str, body: &Value) -> Result<Value, String> {
    let answer = match method {
        Method::POST => agent.post(url).content_type("application/json").send(body.to_string()),
        Method::DELETE => agent.delete(url).call(),
        _ => agent.get(url).call(),
    };
    let mut answer = answer.map_err(|error| error.to_string())?;
    // A picture of a long page is larger than the default limit.
    let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec();
    let bytes = bytes.map_err(|error| error.to_string())?;
    let mut json: Value = serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    match answer.status().as_u16() {
        200 => Ok(json["value"].take()),
        _ => Err(format!("{}: {}", json["value"]["error"], json["value"]["message"])),
    }
}
