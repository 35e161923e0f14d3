//! The dashboard in a real browser: nothing that a page shows is run, every page is usable by keyboard, in both looks, on a phone and on a
//! desk, and axe-core finds nothing that keeps somebody out.

mod lab;

use lab::REGION;
use lab::browser::{Browser, ENTER, Look, TAB};
use lab::cloud::{Started, start};
use lab::hostile::{hostile_cloud, pages};
use lab::http::rest;
use lab::pages::own_host;
use serde_json::{Value, json};
use std::time::Duration;

/// Of <https://github.com/dequelabs/axe-core>, as it is published; its licence is beside it.
const AXE: &str = include_str!("assets/axe-core/axe.min.js");

const LOOKS: [Look; 4] = [
    Look { scheme: "light", width: 1_400 },
    Look { scheme: "dark", width: 1_400 },
    Look { scheme: "light", width: 400 },
    Look { scheme: "dark", width: 400 },
];

/// What can have the focus, in order. Radio buttons and positive `tabindex` are not used here.
const FOCUSABLE: &str = "return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex=\"0\"]')]
    .filter(part => part.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true })
        && !(part.closest('details:not([open])') && !part.matches('details > summary')))";

fn url(started: &Started, path: &str) -> String {
    format!("http://{}{path}", own_host(started))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_harmless_and_accessible_in_every_look() {
    let Some(browser) = Browser::start("every_page_is_harmless_and_accessible_in_every_look") else { return };
    let started = hostile_cloud().await;
    let mut problems = Vec::new();
    for (name, path) in pages(&started) {
        for look in looks(name) {
            browser.look(look);
            browser.open(&url(&started, &path));
            let mut problem = |what: String| problems.push(format!("{name}, {look:?}: {what}"));
            if browser.has_dialog() || browser.run("return window.owned ?? null") != Value::Null {
                problem("a script of the data was run".to_owned());
            }
            let title = browser.run("return document.title");
            if !title.as_str().is_some_and(|title| title.ends_with("· deployer local")) {
                problem(format!("the title is {title}"));
            }
            let foreign = browser.run(
                "return [document.scripts.length, document.images.length, document.querySelectorAll('style, [style], iframe').length]",
            );
            if foreign != json!([1, 0, 0]) {
                problem(format!("scripts, images and styles: {foreign}"));
            }
            let too_wide =
                browser.run("return document.documentElement.scrollWidth - document.documentElement.clientWidth");
            if too_wide.as_i64() != Some(0) {
                problem(format!("{too_wide} pixels stand out at the side"));
            }
            let ground = browser.run("return getComputedStyle(document.body).backgroundColor");
            let expected = if look.scheme == "dark" { "rgb(20, 23, 28)" } else { "rgb(247, 248, 250)" };
            if ground != expected {
                problem(format!("the ground is {ground}"));
            }
            for violation in violations(&browser) {
                problem(violation);
            }
            // A page that is not there is one whose status the console tells.
            let console: Vec<_> =
                browser.console().into_iter().filter(|line| !line.contains("404 (Not Found)")).collect();
            if !console.is_empty() {
                problem(format!("the console says {console:?}"));
            }
            browser.keep_picture(&format!("{name}-{}-{}", look.width, look.scheme));
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Returns how a page is looked at. One with 300,000 characters in no order of its own takes half a minute, and is looked at twice.
fn looks(page: &str) -> Vec<Look> {
    if ["item-hostile", "message-long"].contains(&page) { vec![LOOKS[0], LOOKS[3]] } else { LOOKS.to_vec() }
}

/// Returns what axe-core finds on the page that is open.
fn violations(browser: &Browser) -> Vec<String> {
    browser.run(AXE);
    let found = browser.run_async(
        "const done = arguments[0];
         // Contrast is looked at line by line: what a page with a very long text looks like, one with a short text shows.
         const rules = document.body.textContent.length > 100000 ? { 'color-contrast': { enabled: false } } : {};
         axe.run(document, { resultTypes: ['violations'], rules }).then(
            found => done(found.violations.map(one => `${one.id}: ${one.help}: ${one.nodes.slice(0, 3).map(node => node.target.join(' ') + ' ' + (node.any[0] ?? node.all[0] ?? node.none[0])?.message).join('; ')}`)),
            error => done([String(error)]))",
    );
    found.as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect()
}

/// The tools themselves: tests that find nothing on a page with these mistakes find nothing anywhere.
#[tokio::test(flavor = "multi_thread")]
async fn what_keeps_somebody_out_is_found() {
    let Some(browser) = Browser::start("what_keeps_somebody_out_is_found") else { return };
    browser.open("data:text/html,<input><p style='color:%23ccc;background:white'>faint</p>");
    let found = violations(&browser).join("\n");
    for rule in ["document-title", "html-has-lang", "label", "color-contrast"] {
        assert!(found.contains(&format!("{rule}:")), "{rule}: {found}");
    }
    let good = "<a href=%23 style='outline:3px solid'>one</a><button style='outline:3px solid'>two</button>";
    for (page, found) in [
        (good, ""),
        ("<a href=%23 style='outline:none'>unseen</a>", "is not seen"),
        ("<a href=%23 style='outline:3px solid'>one</a><a href=%23 tabindex=-1>never reached</a>", "2 parts"),
        (
            "<a href=%23 style='outline:3px solid'>later</a><a href=%23 tabindex=1 style='outline:3px solid'>first</a>",
            "2 parts",
        ),
    ] {
        browser.open(&format!("data:text/html,{page}"));
        let problems = walk(&browser).join("\n");
        assert!(problems.contains(found) && problems.is_empty() == found.is_empty(), "{page}: {problems}");
    }
    browser.open("data:text/html,<title>x</title><script>alert(1)</script>");
    assert!(browser.has_dialog());
}

/// Everything that can be worked gets the focus by Tab, in its order, where it is seen.
#[tokio::test(flavor = "multi_thread")]
async fn every_page_is_walked_by_keyboard() {
    let Some(browser) = Browser::start("every_page_is_walked_by_keyboard") else { return };
    let started = hostile_cloud().await;
    let mut problems = Vec::new();
    for (name, path) in pages(&started) {
        for look in [LOOKS[0], LOOKS[3]] {
            browser.look(look);
            browser.open(&url(&started, &path));
            problems.extend(walk(&browser).into_iter().map(|problem| format!("{name}, {look:?}: {problem}")));
        }
    }
    assert!(problems.is_empty(), "{} problems:\n{}", problems.len(), problems.join("\n"));
}

/// Presses Tab from the start of a page to its end, and returns what is not reached, out of order or not seen.
fn walk(browser: &Browser) -> Vec<String> {
    browser.run(&format!("window.parts = (() => {{ {FOCUSABLE} }})(); window.stops = []"));
    // The focus is noted where it goes, with whether it is seen.
    browser.run(
        "document.addEventListener('focusin', ({ target }) => {
            const style = getComputedStyle(target), box = target.getBoundingClientRect();
            const seen = parseFloat(style.outlineWidth) >= 2 && style.outlineStyle !== 'none'
                && box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
            window.stops.push([window.parts.indexOf(target), seen, target.outerHTML.slice(0, 120)]);
        })",
    );
    let count = browser.run("return window.parts.length").as_u64().unwrap();
    for _ in 0..count {
        browser.press(&TAB.to_string());
    }
    let stops = browser.run("return window.stops");
    let stops = stops.as_array().unwrap();
    let mut problems = Vec::new();
    let order: Vec<_> = stops.iter().filter_map(|stop| stop[0].as_u64()).collect();
    if order != (0..count).collect::<Vec<_>>() {
        problems.push(format!("{count} parts, and the focus went {stops:?}"));
    }
    problems.extend(stops.iter().filter(|stop| stop[1] != true).map(|stop| format!("the focus is not seen at {stop}")));
    problems
}

/// Goes from the first page to a queue, sends a message and throws it away, without a pointer.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_sent_by_keyboard_alone() {
    let Some(browser) = Browser::start("a_message_is_sent_by_keyboard_alone") else { return };
    let started = hostile_cloud().await;
    browser.look(LOOKS[3]);
    browser.open(&url(&started, "/"));
    // The way past the navigation.
    browser.press(&TAB.to_string());
    assert_eq!(browser.run("return document.activeElement.textContent"), "Skip to the content");
    browser.press(&ENTER.to_string());
    until(&browser, "return document.activeElement.id === 'content'").await;
    go(&browser, "Queue dead").await;
    until(&browser, "return document.title.startsWith('Queue dead')").await;
    go(&browser, "Send a message").await;
    until(&browser, "return document.querySelector('details').open").await;
    for _ in 0..3 {
        browser.press(&TAB.to_string());
        if browser.run("return document.activeElement.name ?? ''") == "body" {
            break;
        }
    }
    browser.press("by hand");
    go(&browser, "Send").await;
    until(&browser, "return document.querySelector('[role=status]')?.textContent.startsWith('It is sent')").await;
    until(&browser, "return document.body.textContent.includes('1 available')").await;
    go(&browser, "Purge: throw all messages away").await;
    until(&browser, "return document.body.textContent.includes('All messages are gone')").await;
}

/// Lines come while the page is open, once each, and a page that is not looked at holds no connection.
#[tokio::test(flavor = "multi_thread")]
async fn a_log_goes_on_while_it_is_looked_at() {
    let Some(browser) = Browser::start("a_log_goes_on_while_it_is_looked_at") else { return };
    let started = start().await;
    started.create_function();
    let say = |line: &str| {
        let event = json!({ "do": "say", "lines": [line] });
        rest(started.addr, "lambda", "POST", "/2015-03-31/functions/probe/invocations", &event);
    };
    browser.look(LOOKS[0]);
    browser.open(&url(&started, &format!("/_dashboard/functions/{REGION}/probe")));
    say("first");
    until(&browser, "return document.querySelector('.log').textContent.includes('and first')").await;
    say("<img src=x onerror=alert(1)>");
    until(&browser, "return document.querySelector('.log').textContent.includes('and <img')").await;
    let counted =
        "return [...document.querySelectorAll('.log bdi')].filter(line => line.textContent === 'first').length";
    assert_eq!(browser.run(counted), 1);
    assert_eq!(browser.run("return document.images.length"), 0);
    assert!(!browser.has_dialog());
    // Where the reader has scrolled up, they stay.
    (0..100).for_each(|number| say(&format!("line {number}")));
    until(&browser, "return document.querySelector('.log').textContent.includes('and line 99')").await;
    let at_end =
        "const log = document.querySelector('.log'); return log.scrollTop + log.clientHeight >= log.scrollHeight - 4";
    assert_eq!(browser.run(at_end), true);
    browser.run("document.querySelector('.log').scrollTop = 0");
    say("last");
    until(&browser, "return document.querySelector('.log').textContent.includes('and last')").await;
    assert_eq!(browser.run("return document.querySelector('.log').scrollTop"), 0);
}

/// Moves the focus on with Tab until it is at what has this text, and presses Enter.
async fn go(browser: &Browser, text: &str) {
    for _ in 0..200 {
        browser.press(&TAB.to_string());
        if browser.run("return document.activeElement.textContent.trim()") == text {
            browser.press(&ENTER.to_string());
            return;
        }
    }
    panic!("Tab never comes to {text}");
}

async fn until(browser: &Browser, script: &str) {
    for _ in 0..500 {
        if browser.run(script) == true {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{script} never holds: {}", browser.run("return document.body.innerText"));
}
