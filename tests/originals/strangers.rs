//! Both clients before servers that are none, are others, or let nobody in: they must say the same and end alike.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use super::lines;
use crate::harness::ports;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// Servers, and what each answers to anything; one closes the connection.
fn strangers() -> Vec<(&'static str, Option<String>)> {
    let plain = |head: &str| Some(format!("HTTP/1.1 {head}\r\nContent-Length: 0\r\n\r\n"));
    let other_version = "<params><param><value><string>9.0</string></value></param></params>";
    vec![
        ("lets nobody in", plain("401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"default\"")),
        ("is at a loss", plain("500 Internal Server Error")),
        ("is elsewhere", plain("404 Not Found")),
        (OF_ANOTHER_VERSION, Some(rpc(other_version))),
        ("has no such namespace", Some(rpc(&fault(1, "UNKNOWN_METHOD")))),
        ("shuts down", Some(rpc(&fault(6, "SHUTDOWN_STATE")))),
        ("closes", None),
    ]
}

const OF_ANOTHER_VERSION: &str = "is of another version";

/// Commands that ask no version first: what they make of another's answers is chance.
const UNCHECKED: &[&str] = &["avail", "reread", "update", "add x", "remove x", "reload", "shutdown"];

fn fault(code: u32, text: &str) -> String {
    format!(
        "<fault><value><struct><member><name>faultCode</name><value><int>{code}</int></value></member>\
         <member><name>faultString</name><value><string>{text}</string></value></member></struct></value></fault>"
    )
}

fn rpc(answer: &str) -> String {
    let body = format!("<?xml version='1.0'?><methodResponse>{answer}</methodResponse>");
    format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

/// What is asked of each.
const LINES: &[&str] = &[
    "status", "start x", "pid", "avail", "reread", "update", "add x", "remove x", "tail x", "fg x", "version",
    "reload", "shutdown",
];

/// Asks all of all.
pub fn are_told_alike(bin: &Path) -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    std::fs::write(folder.join("plain"), "")?;
    let mut urls = vec![
        ("is not there", format!("unix://{}/none", folder.display())),
        ("is a file", format!("unix://{}/plain", folder.display())),
        ("refuses", format!("http://127.0.0.1:{}", ports::free())),
        ("speaks another protocol", "ftp://127.0.0.1:1".to_owned()),
    ];
    for (name, answer) in strangers() {
        urls.push((name, format!("http://127.0.0.1:{}", serve(answer)?)));
    }
    let mut wrong = Vec::new();
    for (name, url) in &urls {
        let is_chance = |line: &&&str| *name == OF_ANOTHER_VERSION && UNCHECKED.contains(line);
        for line in LINES.iter().filter(|line| !is_chance(line)) {
            let (ours, theirs) = std::thread::scope(|scope| {
                let theirs = scope.spawn(|| said(&bin.join("supervisorctl"), &[], url, line, &folder));
                (said(&recipe(), &["supervisorctl"], url, line, &folder), theirs.join())
            });
            let theirs = theirs.map_err(|_| "a client panicked")??;
            let ours = ours?;
            if ours != theirs {
                wrong.push(format!("one who {name}: {line}\n  ours:   {ours:?}\n  theirs: {theirs:?}"));
            }
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}

/// Answers every request alike for as long as the test runs.
fn serve(answer: Option<String>) -> Result<u16, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let port = listener.local_addr()?.port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = answer.clone();
            std::thread::spawn(move || converse(stream, answer.as_deref()));
        }
    });
    Ok(port)
}

fn converse(mut stream: TcpStream, answer: Option<&str>) {
    let mut request = Vec::new();
    let mut bytes = [0; 4096];
    while let Ok(count) = stream.read(&mut bytes) {
        if count == 0 {
            return;
        }
        request.extend_from_slice(&bytes[..count]);
        if !is_whole(&request) {
            continue;
        }
        request.clear();
        let Some(answer) = answer else { return };
        if stream.write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

/// Whether head and body of a request have come.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then(|| value.parse().ok())?
    });
    body.len() >= length.unwrap_or(0)
}

fn said(client: &Path, first: &[&str], url: &str, line: &str, folder: &Path) -> Result<String, Failed> {
    let output = Command::new(client)
        .args(first)
        .args(["-s", url])
        .args(line.split_whitespace())
        .current_dir(folder)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .output()?;
    let text = |bytes: &[u8]| lines::plain(&String::from_utf8_lossy(bytes), folder);
    Ok(format!("exit {:?}\n{}{}", output.status.code(), text(&output.stdout), text(&output.stderr)))
}
