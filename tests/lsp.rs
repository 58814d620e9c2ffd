//! `recipe lsp` as an editor sees it: a scripted client on its stdin and stdout.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// No answer takes longer, on a machine of any kind.
const DEADLINE: Duration = Duration::from_secs(30);

const MANIFEST: &str = "\
[parts.zeo]
recipe = \"program\"
command = \"bin/zeo\"
ports = { main = 8100 }

[parts.web]
recipe = \"program\"
command = \"bin/web $<zeo:ports.main>\"

[parts.supervisor]
recipe = \"supervisor\"
programs = [\"zeo\", \"web\"]
";

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("lsp::a_session", session),
        Trial::test("lsp::files_of_the_disk", disk),
        Trial::test("lsp::rubbish_is_answered", rubbish),
        Trial::test("lsp::the_exit_status_says_how_it_ended", ends),
        Trial::test("lsp::changes_that_come_together_are_checked_once", together),
    ]
}

/// What fails says why.
type Fallible<T> = Result<T, libtest_mimic::Failed>;

/// A client.
struct Client {
    server: Child,
    messages: Receiver<Value>,
    last: i64,
}

impl Client {
    /// Starts a server.
    fn start(folder: &Path) -> Self {
        let mut server = Command::new(recipe())
            .args(["lsp", "--stdio"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server");
        let mut out = BufReader::new(server.stdout.take().expect("its stdout"));
        let (sender, messages) = channel();
        std::thread::spawn(move || while read(&mut out).is_some_and(|message| sender.send(message).is_ok()) {});
        Self { server, messages, last: 0 }
    }

    /// Starts one, and says hello.
    fn hello(folder: &Path) -> Fallible<Self> {
        let mut client = Self::start(folder);
        let capabilities = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
        let answer = client.ask("initialize", &json!({ "processId": null, "capabilities": capabilities }))?;
        same(&answer["result"]["capabilities"]["positionEncoding"], &json!("utf-8"))?;
        client.notify("initialized", &json!({}));
        Ok(client)
    }

    fn raw(&mut self, bytes: &[u8]) {
        let stdin = self.server.stdin.as_mut().expect("its stdin");
        let _ = stdin.write_all(bytes).and_then(|()| stdin.flush());
    }

    fn send(&mut self, message: &Value) {
        self.raw(&frame(message));
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn next(&self) -> Fallible<Value> {
        Ok(self.messages.recv_timeout(DEADLINE)?)
    }

    /// The next message that is like this.
    fn wait(&self, is_it: impl Fn(&Value) -> bool) -> Fallible<Value> {
        loop {
            let message = self.next()?;
            if is_it(&message) {
                return Ok(message);
            }
        }
    }

    fn ask(&mut self, method: &str, params: &Value) -> Fallible<Value> {
        self.last += 1;
        let id = self.last;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        self.wait(|message| message["id"] == id)
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "toml", "version": 1, "text": text });
        self.notify("textDocument/didOpen", &json!({ "textDocument": document }));
    }

    fn change(&mut self, uri: &str, version: i64, range: &Value, text: &str) {
        let document = json!({ "uri": uri, "version": version });
        let changes = json!([{ "range": range, "text": text }]);
        self.notify("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": changes }));
    }

    /// The codes of the findings of a text in this version.
    fn codes(&self, uri: &str, version: i64) -> Fallible<Vec<String>> {
        let told = self.wait(|message| {
            message["method"] == "textDocument/publishDiagnostics"
                && message["params"]["uri"] == uri
                && message["params"]["version"] == version
        })?;
        let findings = told["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
        Ok(findings.iter().map(|finding| finding["code"].as_str().unwrap_or("").to_owned()).collect())
    }

    /// The exit status, once nothing more comes.
    fn end(mut self) -> Fallible<Option<i32>> {
        drop(self.server.stdin.take());
        while self.messages.recv_timeout(DEADLINE).is_ok() {}
        Ok(self.server.wait()?.code())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn frame(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

fn read(out: &mut BufReader<ChildStdout>) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        out.read_line(&mut line).ok().filter(|length| *length > 0)?;
        match line.trim_end().strip_prefix("Content-Length: ") {
            Some(text) => length = text.parse().ok()?,
            None if line == "\r\n" => break,
            None => return None,
        }
    }
    let mut body = vec![0; length];
    out.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn same<T: PartialEq + std::fmt::Debug>(actual: &T, expected: &T) -> Outcome {
    if actual == expected { Ok(()) } else { Err(format!("{actual:?} is not {expected:?}").into()) }
}

fn holds(text: &Value, wanted: &str) -> Outcome {
    let text = text.to_string();
    if text.contains(wanted) { Ok(()) } else { Err(format!("no {wanted} in {text}").into()) }
}

fn place(line: u32, character: u32) -> Value {
    json!({ "line": line, "character": character })
}

fn range(line: u32, start: u32, end: u32) -> Value {
    json!({ "start": place(line, start), "end": place(line, end) })
}

fn at(uri: &str, line: u32, character: u32) -> Value {
    json!({ "textDocument": { "uri": uri }, "position": place(line, character) })
}

fn session() -> Outcome {
    let scratch = Scratch::new();
    let uri = format!("file://{}/recipe.toml", scratch.path().display());
    let mut client = Client::hello(&scratch.path())?;
    client.open(&uri, MANIFEST);
    same(&client.codes(&uri, 1)?, &vec![])?;
    client.change(&uri, 2, &range(7, 21, 24), "zeoo");
    same(&client.codes(&uri, 2)?, &vec!["no-such-section".to_owned()])?;
    client.change(&uri, 3, &range(7, 21, 25), "zeo");
    same(&client.codes(&uri, 3)?, &vec![])?;
    let hover = client.ask("textDocument/hover", &at(&uri, 2, 3))?;
    holds(&hover["result"]["contents"], "The command that is run")?;
    let hover = client.ask("textDocument/hover", &at(&uri, 7, 26))?;
    holds(&hover["result"]["contents"], "8100")?;
    let completion = client.ask("textDocument/completion", &at(&uri, 7, 27))?;
    holds(&completion["result"]["items"], "ports.main")?;
    let definition = client.ask("textDocument/definition", &at(&uri, 7, 26))?;
    same(&definition["result"]["range"]["start"]["line"], &json!(3))?;
    let conf = format!("file://{}/supervisord.conf", scratch.path().display());
    client.open(&conf, "[supervisord]\n[program:web]\ncommand=/bin/web;no comment\n");
    let codes = client.codes(&conf, 1)?;
    same(&codes.contains(&"comment-without-blank".to_owned()), &true)?;
    let asked = json!({ "textDocument": { "uri": conf }, "range": range(2, 0, 1), "context": { "diagnostics": [] } });
    holds(&client.ask("textDocument/codeAction", &asked)?["result"], "Put a blank before it")?;
    let unknown = client.ask("textDocument/rename", &json!({}))?;
    same(&unknown["error"]["code"], &json!(-32601))?;
    same(&client.ask("shutdown", &Value::Null)?["result"], &Value::Null)?;
    client.notify("exit", &Value::Null);
    same(&client.end()?, &Some(0))
}

/// What is extended comes from the disk until it is open.
fn disk() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path().join("a folder");
    fs::create_dir(&folder)?;
    fs::write(folder.join("base.toml"), "[parts.zeo]\nrecipe = \"program\"\ncommand = \"bin/zeo\"\n")?;
    let text = "extends = [\"base.toml\"]\n[parts.s]\nrecipe = \"supervisor\"\nprograms = [\"zeo\"]\n";
    let uri = |name: &str| format!("file://{}/a%20folder/{name}", scratch.path().display());
    let (root, base) = (uri("recipe.toml"), uri("base.toml"));
    let mut client = Client::hello(Path::new("/"))?;
    client.open(&root, text);
    same(&client.codes(&root, 1)?, &vec![])?;
    let definition = client.ask("textDocument/definition", &at(&root, 3, 14))?;
    same(&definition["result"]["uri"], &json!(base))?;
    client.open(&base, "[parts.web]\nrecipe = \"program\"\ncommand = \"bin/web\"\n");
    let codes = client.codes(&root, 1)?;
    same(&codes.contains(&"unknown-program".to_owned()), &true)?;
    client.notify("textDocument/didClose", &json!({ "textDocument": { "uri": base } }));
    same(&client.codes(&root, 1)?, &vec![])
}

/// Each piece is answered or passed over, and what follows it is served.
fn rubbish() -> Outcome {
    let scratch = Scratch::new();
    let mut client = Client::hello(&scratch.path())?;
    let pieces: [&[u8]; 9] = [
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"Content-Length: 99999999999999999999999\r\n\r\n",
        b"Content-Length: 9999999999\r\n\r\n",
        b"Content-Length: -1\r\n\r\n",
        b"Content-Length: 5\r\n\r\n\xff\xfe\x00{}",
        b"Content-Length: 2\r\n\r\n[]",
        b"Content-Length: 13\r\n\r\n{\"id\":[1,2,3]",
        b"\x00\x01\x02\xff\n",
        b"\r\n\r\n",
    ];
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let deep = format!("Content-Length: {}\r\n\r\n{deep}", deep.len()).into_bytes();
    let long = [vec![b'x'; 1_000_000], b"\n".to_vec()].concat();
    for piece in pieces.into_iter().chain([&deep[..], &long[..]]) {
        client.raw(piece);
        client.last += 1;
        let id = client.last;
        client.send(&json!({ "jsonrpc": "2.0", "id": id, "method": "textDocument/unknown" }));
        client.wait(|message| message["id"].is_null() && message["error"]["code"].is_i64())?;
        let answer = client.wait(|message| message["id"] == id)?;
        same(&answer["error"]["code"], &json!(-32601))?;
    }
    let uri = format!("file://{}/recipe.toml", scratch.path().display());
    client.open(&uri, "\u{0}\u{fdd0}[[[[\"'''\n=");
    same(&client.codes(&uri, 1)?.is_empty(), &false)?;
    let far = json!({ "start": place(u32::MAX, u32::MAX), "end": place(0, 7) });
    client.change(&uri, 2, &far, "\r\r\n");
    client.codes(&uri, 2)?;
    let answer = client.ask("textDocument/completion", &at(&uri, u32::MAX, u32::MAX))?;
    same(&answer["error"], &Value::Null)
}

fn ends() -> Outcome {
    let scratch = Scratch::new();
    same(&Client::start(&scratch.path()).end()?, &Some(1))?;
    let mut client = Client::hello(&scratch.path())?;
    client.notify("exit", &Value::Null);
    same(&client.end()?, &Some(1))?;
    let mut client = Client::hello(&scratch.path())?;
    client.ask("shutdown", &Value::Null)?;
    same(&client.end()?, &Some(0))
}

/// A request that is cancelled before it is looked at is answered so; of many changes the last one is checked.
fn together() -> Outcome {
    let scratch = Scratch::new();
    let uri = format!("file://{}/recipe.toml", scratch.path().display());
    let mut client = Client::hello(&scratch.path())?;
    let document = json!({ "uri": uri, "languageId": "toml", "version": 1, "text": MANIFEST });
    let mut bytes = frame(&json!({ "method": "textDocument/didOpen", "params": { "textDocument": document } }));
    for version in 2..100 {
        let changes = json!([{ "range": range(0, 0, 0), "text": "# a line\n" }]);
        let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": changes });
        bytes.extend(frame(&json!({ "method": "textDocument/didChange", "params": params })));
    }
    bytes.extend(frame(&json!({ "id": "a", "method": "textDocument/hover", "params": at(&uri, 0, 0) })));
    bytes.extend(frame(&json!({ "method": "$/cancelRequest", "params": { "id": "a" } })));
    client.raw(&bytes);
    let answer = client.wait(|message| message["id"] == "a")?;
    same(&answer["error"]["code"], &json!(-32800))?;
    same(&client.codes(&uri, 99)?, &vec![])
}
