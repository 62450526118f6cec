//! A browser in a real window, and its tabs. What is looked at comes through the browser's own protocol; what a visitor does
//! comes from a mouse and keys.

use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::program::{Program, first_of, folder};
use super::wire::Wire;
use super::{chromium, firefox, until};

/// The right Shift key by its number: by its name, xdotool holds the left one down beside it.
pub(crate) const RIGHT_SHIFT: &str = "62";

/// The kind of a browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Chromium,
    Firefox,
}

/// A browser with a profile and a screen of its own.
pub(crate) struct Browser {
    pub(crate) kind: Kind,
    display: String,
    pub(crate) wire: Wire,
    // In the order in which they must end.
    _program: Program,
    _screen: Program,
}

/// One tab.
pub(crate) struct Tab<'a> {
    pub(crate) browser: &'a Browser,
    /// Chromium: the target. Firefox: the browsing context.
    id: String,
    /// Chromium: the session with the target.
    pub(crate) session: Option<String>,
}

impl Browser {
    pub(crate) async fn start(kind: Kind, scripts: bool) -> Self {
        let mut command = Command::new(first_of(&["Xvfb"]));
        // Without repeats of a key that a busy machine holds down for long.
        command.args(["-r", "-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp"]);
        let screen = Program::start(folder(), &command);
        let number =
            |log: &str| log.split_inclusive('\n').find_map(|line| line.strip_suffix('\n')?.parse::<u16>().ok());
        let display = format!(":{}", screen.says("log", number).await);
        let folder = folder();
        let (program, wire) = match kind {
            Kind::Chromium => chromium::start(&folder, &display, scripts).await,
            Kind::Firefox => firefox::start(&folder, &display, scripts).await,
        };
        Self { kind, display, wire, _program: program, _screen: screen }
    }

    /// A new tab in front of the others.
    pub(crate) async fn tab(&self) -> Tab<'_> {
        match self.kind {
            Kind::Chromium => {
                let made = self.wire.send("Target.createTarget", json!({ "url": "about:blank" }), None).await;
                let id = text(&made["targetId"]);
                let parameters = json!({ "targetId": id, "flatten": true });
                let session = text(&self.wire.send("Target.attachToTarget", parameters, None).await["sessionId"]);
                self.wire.send("Page.enable", json!({}), Some(&session)).await;
                Tab { browser: self, id, session: Some(session) }
            }
            Kind::Firefox => {
                let made = self.wire.send("browsingContext.create", json!({ "type": "tab" }), None).await;
                Tab { browser: self, id: text(&made["context"]), session: None }
            }
        }
    }

    /// Presses keys, one chord after the other, as `xdotool key` names them.
    pub(crate) fn press(&self, chords: &[&str]) {
        self.xdotool(&[&["key"], chords].concat());
    }

    /// Types a text.
    pub(crate) fn write(&self, text: &str) {
        self.xdotool(&["type", "--delay", "20", text]);
    }

    /// Turns the mouse's wheel, where the mouse is.
    pub(crate) fn turn_wheel(&self) {
        self.xdotool(&["click", "5"]);
    }

    /// The title of the window in front, as the visitor's screen has it.
    pub(crate) fn window_title(&self) -> String {
        let class = match self.kind {
            Kind::Chromium => "chromium",
            Kind::Firefox => "firefox",
        };
        self.xdotool(&["search", "--onlyvisible", "--class", class, "getwindowname", "%@"])
    }

    fn xdotool(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("xdotool");
        let output = command.args(arguments).env("DISPLAY", &self.display).stderr(Stdio::piped()).output();
        let output = output.unwrap_or_else(|error| panic!("xdotool, of the package xdotool, does not run: {error}"));
        assert!(output.status.success(), "xdotool {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }
}

impl Tab<'_> {
    /// A command of Chromium's for this tab.
    pub(crate) async fn ask(&self, method: &str, parameters: Value) -> Value {
        self.browser.wire.send(method, parameters, self.session.as_deref()).await
    }

    /// Opens an address, as if typed, and waits until it is there.
    pub(crate) async fn open(&self, url: &str) {
        match self.browser.kind {
            Kind::Chromium => {
                let answer = self.ask("Page.navigate", json!({ "url": url })).await;
                assert!(answer["errorText"].is_null(), "{url}: {answer}");
            }
            Kind::Firefox => {
                let parameters = json!({ "context": self.id, "url": url, "wait": "none" });
                // Refused while the tab is still on its way elsewhere.
                let opened = async || {
                    let wire = &self.browser.wire;
                    wire.ask("browsingContext.navigate", parameters.clone(), None).await
                };
                until(&format!("Firefox to open {url}"), opened).await;
            }
        }
        self.arrives(url).await;
    }

    /// Waits until a page is shown whole.
    pub(crate) async fn arrives(&self, url: &str) {
        let what = format!("{:?} to show {url}", self.browser.kind);
        until(&what, async || {
            let shown = self.url().await;
            let state = self.try_eval("document.readyState").await?;
            if shown == url && state == "complete" { Ok(()) } else { Err(format!("{shown}, {state}")) }
        })
        .await;
    }

    /// The address of what the tab shows, by the browser itself.
    pub(crate) async fn url(&self) -> String {
        match self.browser.kind {
            Kind::Chromium => {
                // For a moment between two pages it does not answer.
                let asked = async || {
                    let session = self.session.as_deref();
                    self.browser.wire.ask("Page.getFrameTree", json!({}), session).await
                };
                let tree = until("Chromium to say what it shows", asked).await;
                text(&tree["frameTree"]["frame"]["url"])
            }
            Kind::Firefox => {
                let parameters = json!({ "root": self.id, "maxDepth": 0 });
                text(&self.browser.wire.send("browsingContext.getTree", parameters, None).await["contexts"][0]["url"])
            }
        }
    }

    /// Addresses of all documents that the tab has shown, from its first on. What Firefox keeps for Back and shows again is
    /// not among them.
    pub(crate) fn shown(&self) -> Vec<String> {
        match self.browser.kind {
            Kind::Chromium => {
                let events = self.browser.wire.events("Page.frameNavigated");
                let mine = events.iter().filter(|event| {
                    event["sessionId"].as_str() == self.session.as_deref()
                        && event["params"]["frame"]["parentId"].is_null()
                });
                mine.map(|event| text(&event["params"]["frame"]["url"])).collect()
            }
            Kind::Firefox => {
                let events = self.browser.wire.events("browsingContext.navigationCommitted");
                let mine = events.iter().filter(|event| event["params"]["context"] == self.id.as_str());
                mine.map(|event| text(&event["params"]["url"])).collect()
            }
        }
    }

    /// The value of an expression in the page, also with scripts off. Chromium waits for a promise. In Firefox it cannot see
    /// what the page's own scripts have set.
    pub(crate) async fn eval(&self, expression: &str) -> Value {
        self.try_eval(expression).await.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Evaluates like `eval`, for a page that may go away meanwhile.
    pub(crate) async fn try_eval(&self, expression: &str) -> Result<Value, String> {
        let wire = &self.browser.wire;
        match self.browser.kind {
            Kind::Chromium => {
                let parameters = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
                let mut answer = wire.ask("Runtime.evaluate", parameters, self.session.as_deref()).await?;
                let thrown = &answer["exceptionDetails"];
                if thrown.is_null() { Ok(answer["result"]["value"].take()) } else { Err(thrown.to_string()) }
            }
            Kind::Firefox => {
                let target = json!({ "context": self.id, "sandbox": "tests" });
                let expression = format!("JSON.stringify({expression})");
                let parameters = json!({ "expression": expression, "target": target, "awaitPromise": false });
                let answer = wire.ask("script.evaluate", parameters, None).await?;
                match answer["result"]["value"].as_str() {
                    Some(value) => serde_json::from_str(value).map_err(|error| error.to_string()),
                    None if answer["type"] == "success" => Ok(Value::Null),
                    None => Err(answer.to_string()),
                }
            }
        }
    }

    /// Tells whether an expression becomes true.
    pub(crate) async fn becomes(&self, expression: &str) {
        let what = format!("{:?}: {expression}", self.browser.kind);
        until(&what, async || {
            let value = self.try_eval(expression).await?;
            if value == true { Ok(()) } else { Err(value.to_string()) }
        })
        .await;
    }

    /// Waits until the page in front takes the mouse and keys. Before it is painted they may go to the page before.
    pub(crate) async fn listens(&self) {
        self.becomes("performance.getEntriesByName('first-contentful-paint').length > 0").await;
    }

    /// Moves the mouse to the middle of an element and clicks.
    pub(crate) async fn click(&self, selector: &str) {
        let script = format!(
            "(() => {{
                const element = document.querySelector({});
                element.scrollIntoView({{ block: 'center' }});
                if (element.contains(document.activeElement)) {{ document.activeElement.blur(); }}
                const box = element.getBoundingClientRect();
                const left = window.mozInnerScreenX ?? screenX;
                const top = window.mozInnerScreenY ?? screenY + outerHeight - innerHeight;
                return [left + box.x + box.width / 2, top + box.y + box.height / 2].map(Math.round).map(String);
            }})()",
            json!(selector)
        );
        self.listens().await;
        // A browser's own bars may still be moving.
        let mut last = Value::Null;
        let place = until(&format!("{selector} to stand still"), async || {
            let place = self.eval(&script).await;
            if place == last {
                Ok(place)
            } else {
                last = place;
                Err(last.to_string())
            }
        })
        .await;
        let [x, y] = [0, 1].map(|at| text(&place[at]));
        let before = self.url().await;
        let click = || drop(self.browser.xdotool(&["mousemove", &x, &y, "click", "1"]));
        click();
        if self.browser.kind == Kind::Chromium {
            return;
        }
        // Firefox may lose a click just after a page has come; what is clicked gets the focus, goes away or leads away.
        let taken = format!(
            "(element => !element || element.contains(document.activeElement))(document.querySelector({}))",
            json!(selector)
        );
        let mut looked = 0;
        until(&format!("Firefox to take a click on {selector}"), async || {
            if self.url().await != before || self.try_eval(&taken).await? == true {
                return Ok(());
            }
            looked += 1;
            if looked % 50 == 0 {
                click();
            }
            Err(format!("nothing happens in {before}"))
        })
        .await;
    }

    /// Takes every cookie away, as time would.
    pub(crate) async fn forget_cookies(&self) {
        match self.browser.kind {
            Kind::Chromium => self.ask("Network.clearBrowserCookies", json!({})).await,
            Kind::Firefox => self.browser.wire.send("storage.deleteCookies", json!({}), None).await,
        };
    }

    /// Brings the tab in front of the others.
    pub(crate) async fn to_front(&self) {
        match self.browser.kind {
            Kind::Chromium => self.ask("Page.bringToFront", json!({})).await,
            Kind::Firefox => {
                self.browser.wire.send("browsingContext.activate", json!({ "context": self.id }), None).await
            }
        };
    }

    /// Gives the page a size in CSS pixels. The mouse does not know of it: only for what is looked at and done with keys.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        match self.browser.kind {
            Kind::Chromium => {
                let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
                self.ask("Emulation.setDeviceMetricsOverride", size).await;
            }
            Kind::Firefox => {
                let parameters = json!({ "context": self.id, "viewport": { "width": width, "height": height } });
                self.browser.wire.send("browsingContext.setViewport", parameters, None).await;
            }
        }
        self.becomes(&format!("innerWidth === {width} && innerHeight === {height}")).await;
    }

    pub(crate) async fn close(self) {
        match self.browser.kind {
            Kind::Chromium => self.browser.wire.send("Target.closeTarget", json!({ "targetId": self.id }), None).await,
            Kind::Firefox => self.browser.wire.send("browsingContext.close", json!({ "context": self.id }), None).await,
        };
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
