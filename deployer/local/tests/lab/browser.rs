//! A headless Chromium, worked through its `chromedriver`: the part of the WebDriver protocol that the tests need, over [`super::http`].

use super::http::send;
use serde_json::{Value, json};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

/// The variable that makes a missing browser a failure.
const REQUIRED: &str = "DEPLOYER_BROWSER_REQUIRED";
/// How long the driver has to start.
const START: Duration = Duration::from_secs(60);

/// Keys as WebDriver writes them ("Keyboard actions").
pub const TAB: char = '\u{e004}';
pub const ENTER: char = '\u{e007}';

/// A browser with one page. Both end with it.
pub struct Browser {
    driver: Child,
    addr: SocketAddr,
    session: String,
    profile: TempDir,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// `light` or `dark`.
    pub scheme: &'static str,
    /// In pixels.
    pub width: u32,
}

impl Browser {
    /// Starts a browser. Without one the test says so and is skipped, unless [`REQUIRED`] is set.
    pub fn start(test: &str) -> Option<Self> {
        if Command::new("chromedriver").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
            assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set, and no chromedriver is on the PATH");
            eprintln!("{test} is skipped: no chromedriver is on the PATH (Debian: chromium-driver)");
            return None;
        }
        let mut driver = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start: {error}"));
        let stdout = driver.stdout.take().unwrap();
        let port = port(stdout).unwrap_or_else(|| {
            let _ = driver.kill();
            panic!("chromedriver does not say on which port it is");
        });
        let profile = tempfile::tempdir().unwrap();
        let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut browser = Self { driver, addr, session: String::new(), profile };
        let options = json!({ "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server", "--force-color-profile=srgb",
            format!("--user-data-dir={}", browser.profile.path().display()),
        ] });
        let capabilities = json!({ "alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "pageLoad": 60_000, "script": 60_000 }, "unhandledPromptBehavior": "ignore",
        } });
        let session = browser.command("POST", "/session", &json!({ "capabilities": capabilities }));
        browser.session = session["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let headers = [("content-type", "application/json; charset=utf-8")];
        let reply = send(self.addr, method, path, &headers, body.as_bytes());
        let mut answer = reply.json();
        assert_eq!(reply.status, 200, "{method} {path}: {answer:#}");
        answer["value"].take()
    }

    fn of_session(&self, method: &str, path: &str, body: &Value) -> Value {
        self.command(method, &format!("/session/{}{path}", self.session), body)
    }

    fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.of_session("POST", "/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Opens an address and waits until it is loaded.
    pub fn open(&self, url: &str) {
        self.of_session("POST", "/url", &json!({ "url": url }));
    }

    /// Looks from now on at pages in a look and with a width.
    pub fn look(&self, look: Look) {
        let feature = json!({ "name": "prefers-color-scheme", "value": look.scheme });
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": [feature] }));
        let size = json!({ "width": look.width, "height": 1_000, "deviceScaleFactor": 1, "mobile": false });
        self.devtools("Emulation.setDeviceMetricsOverride", size);
    }

    /// Runs a script in the page and returns what it returns.
    pub fn run(&self, script: &str) -> Value {
        self.of_session("POST", "/execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// Runs a script in the page that calls its last argument with what it returns.
    pub fn run_async(&self, script: &str) -> Value {
        self.of_session("POST", "/execute/async", &json!({ "script": script, "args": [] }))
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|stroke| json!({ "type": stroke, "value": key.to_string() })))
            .collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.of_session("POST", "/actions", &json!({ "actions": [keyboard] }));
    }

    /// Returns whether a dialog is open, which only a script can open.
    pub fn has_dialog(&self) -> bool {
        let path = format!("/session/{}/alert/text", self.session);
        send(self.addr, "GET", &path, &[], b"").status == 200
    }

    /// Returns what the console was told since it was asked last.
    pub fn console(&self) -> Vec<String> {
        let entries = self.of_session("POST", "/se/log", &json!({ "type": "browser" }));
        entries.as_array().unwrap().iter().map(|entry| entry["message"].as_str().unwrap().to_owned()).collect()
    }

    /// Keeps a picture of the page, up to a height in pixels, below `target/screenshots/`.
    pub fn keep_picture(&self, name: &str) {
        use base64::Engine as _;
        let height = self.run("return Math.min(document.documentElement.scrollHeight, 3000)");
        let width = self.run("return innerWidth");
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let shot = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let taken = self.devtools("Page.captureScreenshot", shot);
        let png = base64::engine::general_purpose::STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        let folder = screenshots();
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(format!("{name}.png")), png).unwrap();
    }

    /// Ends the session, and the browser with it. A test that has failed ends it as well, so nothing here may panic.
    fn end(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(self.addr)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(
            stream,
            "DELETE /session/{} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            self.session, self.addr
        )?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.end();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Returns the port that a driver says that it has.
fn port(stdout: std::process::ChildStdout) -> Option<u16> {
    let (said, heard) = mpsc::channel();
    std::thread::spawn(move || {
        // It is read to its end, so that the driver never waits for a reader.
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            let port =
                line.split_once("successfully on port ").and_then(|(_, rest)| rest.trim_end_matches('.').parse().ok());
            if let Some(port) = port {
                let _ = said.send(port);
            }
        }
    });
    heard.recv_timeout(START).ok()
}

/// `screenshots/` in the folder that Cargo builds into.
fn screenshots() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().join("screenshots")
}
