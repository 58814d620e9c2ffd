//! The web page of our daemon beside that of the original: the same requests, one after the other, to both on the same
//! configuration. Compared is what a user or a script goes by: statuses, where one is sent, headers, the texts and links
//! of the table. The looks are our own.

use std::fmt::Write as _;

use libtest_mimic::Trial;

use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, peers, session};

/// The trials on the page.
pub fn trials() -> Vec<Trial> {
    let compared = Trial::test("web::the_page_says_and_does_what_the_originals_does", compared);
    vec![compared.with_ignored_flag(!peers::possible())]
}

const CONF: &str = "\
[program:cat]
command = /bin/cat
[program:off]
command = /bin/cat
autostart = false
[program:missing]
command = /no/such
startretries = 0
[program:folder]
command = /usr
autostart = false
[program:quick]
command = /bin/false
autostart = false
startretries = 0
[program:talk]
command = /bin/sh -c 'echo \"<b>&\"; exec cat'
startsecs = 0
redirect_stderr = true
[group:g]
programs = a,b
[program:a]
command = /bin/cat
startsecs = 0
[program:b]
command = /bin/cat
stdout_logfile = NONE
startsecs = 0
";

/// What is asked, in this order.
const REQUESTS: &[&str] = &[
    "GET /",
    "GET /?message=done%20%3Cb%3E+now&message=two",
    "GET /?action=refresh",
    "GET /?action=start&processname=off",
    "GET /?action=start&processname=off",
    "GET /index.html?action=start&processname=quick",
    "GET /?action=start&processname=missing",
    "GET /?action=start&processname=folder",
    "GET /?action=stop&processname=cat",
    "GET /?action=stop&processname=cat",
    "GET /",
    "GET /?action=restart&processname=g:a",
    "GET /?action=restart&processname=cat",
    "GET /?action=restart&processname=missing",
    "GET /?action=start&processname=g:*",
    "GET /?action=stop&processname=zz",
    "GET /?action=bogus&processname=zz",
    "GET /?action=clearlog&processname=g:a",
    "GET /?action=bogus&processname=cat",
    "GET /?action=bogus",
    "GET /?action=start",
    "GET /?processname=cat",
    "GET /?action=",
    "GET /tail.html",
    "GET /tail.html?processname=",
    "GET /tail.html?processname=zz",
    "GET /tail.html?processname=talk",
    "GET /tail.html?processname=talk&limit=5000",
    "GET /tail.html?processname=talk&limit=5",
    "GET /tail.html?processname=talk&limit=x",
    "GET /tail.html?processname=g:a",
    "GET /tail.html?processname=g:b",
    "GET /tail.html?processname=g:*",
    "GET /ok.html",
    "GET //index.html",
    "GET /%69ndex.html",
    "GET /index.htm",
    "HEAD /",
    "PUT /",
    "GET /nothing",
    "GET /images/",
    "GET /images/icon.png",
    "GET /images/supervisor.gif",
    "GET /images/rule.gif",
    "GET /images/state0.gif",
    "GET /images/state3.gif",
    "GET /stylesheets/supervisor.css",
    "HEAD /stylesheets/supervisor.css",
    "POST /stylesheets/supervisor.css",
    "GET /?action=restartall",
    "GET /?action=stopall",
    "GET /",
];

fn compared() -> Outcome {
    let Some(bin) = peers::venv() else { return Err("the pinned packages could not be installed".into()) };
    let theirs = transcript(&Daemon::theirs(bin, CONF));
    let ours = transcript(&Daemon::ours(CONF));
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

fn transcript(daemon: &Daemon) -> String {
    daemon.until("success: cat entered RUNNING state");
    let mut text = String::new();
    for request in REQUESTS {
        let answer = daemon
            .ask(&format!("{request} HTTP/1.1\r\nHost: box:9001\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        // The original sends the page of an error even to who asks for the head alone.
        let body = if request.starts_with("HEAD ") { "" } else { body };
        writeln!(text, "== {request}\n{}\n{}", essence(head), marks(body).join("\n")).expect("a string");
        // What comes next must not meet it on its way.
        if ["action=start&processname=quick", "action=restartall"].iter().any(|action| request.ends_with(action)) {
            daemon.until("gave up: quick entered FATAL state");
        }
    }
    text
}

/// The lines of a head that do not depend on the time or on the looks, in any order.
fn essence(head: &str) -> String {
    let told = |line: &&str| {
        ["HTTP/", "Location:", "Content-Type:", "Pragma:", "Cache-Control:", "Expires:", "Server:"]
            .iter()
            .any(|start| line.starts_with(start))
    };
    let timeless = |line: &str| line.split("%20at%20").next().unwrap_or_default().to_owned();
    let mut lines: Vec<String> = head.lines().filter(told).map(timeless).collect();
    lines.sort();
    lines.join("\n")
}

/// Title, message, table and log of a page: their texts and the links among them.
fn marks(body: &str) -> Vec<String> {
    let body = body.replace("<a class=\"hidden\" href=\"#\" name=\"#\">Action</a>", "");
    let within = |start: &str, end: &str| {
        body.split_once(start).and_then(|(_, rest)| rest.split_once(end)).map_or("", |(inside, _)| inside).to_owned()
    };
    let mut marks = vec![within("<title>", "</title>")];
    marks.push(unescaped(&within("class=\"status_msg\">", "</")));
    marks.push(unescaped(&within("<pre>", "</pre>")));
    for piece in within("<table", "</table>").split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        let attributes = ["href=\"", "class=\"status", "target=\"", "name=\""];
        let attributes =
            attributes.iter().filter_map(|start| Some((start, tag.split_once(start)?.1.split('"').next()?)));
        marks.extend(attributes.map(|(start, value)| format!("{start}{value}")));
        marks.extend(Some(timeless(text.trim())).filter(|text| !text.is_empty()));
    }
    marks.extend(body.contains("No programs to manage").then(|| "empty".to_owned()));
    marks.extend(body.split("href=\"tail.html").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    marks.extend(body.split("index.html?action=").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned));
    marks
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#x27;", "'").replace("&#x2F;", "/").replace("&#39;", "'").replace("&amp;", "&")
}

/// A description without pids and times.
fn timeless(text: &str) -> String {
    let text = unescaped(text);
    if text.starts_with("pid ") {
        return "pid and uptime".to_owned();
    }
    if text.ends_with(" AM") || text.ends_with(" PM") { "time of stop".to_owned() } else { text }
}
