//! An editor without an editor: messages go in, what comes out is looked at. Files are a map.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::position::{Encoding, Text};
use super::{Server, Site};
use crate::base::memory::Memory;
use crate::base::seams::{Fetch, FetchError, ReadError, Secrets};
use crate::compile::read::condition::Conditions;
use crate::conf::expand::Environ;

struct Nothing;

impl Fetch for Nothing {
    fn fetch(&self, _: &str, _: bool) -> Result<String, FetchError> {
        Err(FetchError::Skipped)
    }
}

impl Secrets for Nothing {
    fn env(&self, name: &str) -> Option<String> {
        (name == "SET").then(|| "value".to_owned())
    }

    fn secret_env(&self, _: &str) -> Option<String> {
        Some("hunter2".to_owned())
    }

    fn file(&self, _: &str) -> Result<String, ReadError> {
        Ok("hunter2".to_owned())
    }

    fn command(&self, _: &[String], _: &str) -> Result<String, String> {
        Ok("hunter2".to_owned())
    }

    fn generated(&self, _: &str, _: usize) -> Result<String, String> {
        Ok("hunter2".to_owned())
    }
}

/// Calls `talk` with an editor that has said hello; the files are those of the disk.
fn with_editor(files: &[(&str, &str)], talk: impl FnOnce(&mut Editor<'_>)) {
    let files = Memory::of(files);
    let (conditions, environ) = (Conditions::default(), Environ::default());
    let site = Site {
        files: &files,
        fetch: &|_| Box::new(Nothing),
        secrets: &Nothing,
        conditions: &conditions,
        python: &|| None,
        environ: &environ,
        host_node_name: "host",
        directory: "/p",
        tempdir: "/tmp",
    };
    let mut editor = Editor { server: Server::new(site), last: 0 };
    editor.ask("initialize", &json!({ "capabilities": {} }));
    talk(&mut editor);
}

struct Editor<'a> {
    server: Server<'a>,
    last: i64,
}

impl Editor<'_> {
    fn send(&mut self, message: &Value) -> Vec<Value> {
        let mut out = self.server.receive(message.to_string().as_bytes());
        while let Some(more) = self.server.step() {
            out.extend(more);
        }
        out.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
    }

    fn notify(&mut self, method: &str, params: &Value) -> Vec<Value> {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }))
    }

    /// The answer, whole.
    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let out = self.send(&json!({ "jsonrpc": "2.0", "id": self.last, "method": method, "params": params }));
        out.into_iter().find(|message| message["id"] == self.last).unwrap()
    }

    /// What is told of each file.
    fn open(&mut self, path: &str, text: &str) -> BTreeMap<String, Value> {
        let document = json!({ "uri": format!("file://{path}"), "version": 1, "languageId": "x", "text": text });
        told(self.notify("textDocument/didOpen", &json!({ "textDocument": document })))
    }

    fn change(&mut self, path: &str, changes: &Value) -> BTreeMap<String, Value> {
        let document = json!({ "uri": format!("file://{path}"), "version": 2 });
        told(self.notify("textDocument/didChange", &json!({ "textDocument": document, "contentChanges": changes })))
    }

    /// Opens a text with a `|`, and asks at its place.
    fn at(&mut self, method: &str, path: &str, text: &str) -> Value {
        let place = Text::new(text.to_owned()).place(text.find('|').unwrap(), Encoding::Utf16);
        self.open(path, &text.replace('|', ""));
        let params = json!({ "textDocument": { "uri": format!("file://{path}") }, "position": place });
        self.ask(method, &params)["result"].clone()
    }

    fn hover(&mut self, path: &str, text: &str) -> String {
        self.at("textDocument/hover", path, text)["contents"]["value"].as_str().unwrap_or("").to_owned()
    }

    /// What is offered, as it would be put in.
    fn offered(&mut self, path: &str, text: &str) -> Vec<String> {
        let items = self.at("textDocument/completion", path, text)["items"].clone();
        let text = |item: &Value| item["textEdit"]["newText"].as_str().unwrap().to_owned();
        items.as_array().unwrap().iter().map(text).collect()
    }

    /// File and line, from 1.
    fn definition(&mut self, path: &str, text: &str) -> String {
        let found = self.at("textDocument/definition", path, text);
        let Some(uri) = found["uri"].as_str() else { return "nowhere".to_owned() };
        format!("{}:{}", uri.trim_start_matches("file://"), found["range"]["start"]["line"].as_i64().unwrap() + 1)
    }
}

fn told(messages: Vec<Value>) -> BTreeMap<String, Value> {
    let published = messages.into_iter().filter(|m| m["method"] == "textDocument/publishDiagnostics");
    let pair = |mut m: Value| {
        let uri = m["params"]["uri"].as_str().unwrap().trim_start_matches("file://").to_owned();
        (uri, m["params"]["diagnostics"].take())
    };
    published.map(pair).collect()
}

/// Codes with their lines, from 1.
fn codes(findings: &Value) -> Vec<String> {
    let findings = findings.as_array().unwrap().iter();
    let code = |f: &Value| {
        let line = f["range"]["start"]["line"].as_i64().unwrap() + 1;
        format!("{}:{line}", f["code"].as_str().unwrap())
    };
    findings.map(code).collect()
}

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
credentials = { username = \"u\", password = { env = \"P\" } }
";

const CONF: &str = "\
[supervisord]
[program:web]
command=/bin/web
[group:all]
programs=web
";

const YAML: &str = "\
parts:
  web:
    recipe: program
    command: bin/web --port $<:ports.http>  # its own
    ports: { http: 8080 }
  supervisor:
    recipe: supervisor
    programs: [web]
";

const CFG: &str = "\
[buildout]
parts = supervisor
[supervisor]
recipe = collective.recipe.supervisor
programs =
    10 web /bin/web
";

#[test]
fn findings_follow_what_is_typed() {
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        assert_eq!(codes(&editor.open(path, MANIFEST)[path]), [""; 0]);
        let range = json!({ "start": { "line": 2, "character": 0 }, "end": { "line": 2, "character": 7 } });
        let found = editor.change(path, &json!([{ "range": range, "text": "comand" }]));
        let found = codes(&found[path]);
        assert!(found.contains(&"unknown-option:3".to_owned()), "{found:?}");
        let range = json!({ "start": { "line": 2, "character": 0 }, "end": { "line": 2, "character": 6 } });
        assert_eq!(codes(&editor.change(path, &json!([{ "range": range, "text": "command" }]))[path]), [""; 0]);
        let found = editor.change(path, &json!([{ "text": "x = [" }]));
        assert_eq!(codes(&found[path])[0], "toml-syntax:1");
        let closed =
            editor.notify("textDocument/didClose", &json!({ "textDocument": { "uri": "file:///p/recipe.toml" } }));
        assert_eq!(codes(&told(closed)[path]), [""; 0]);
    });
}

#[test]
fn findings_of_a_file_that_is_extended_come_from_its_root() {
    let root = "extends = [\"base.toml\"]\n[parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n";
    with_editor(&[("/p/recipe.toml", root)], |editor| {
        // By itself it would be a program that nobody lists.
        let good = "[parts.web]\nrecipe = \"program\"\ncommand = \"/bin/web\"\n";
        assert_eq!(codes(&editor.open("/p/base.toml", good)["/p/base.toml"]), [""; 0]);
        let found = editor.change("/p/base.toml", &json!([{ "text": good.replace("command", "comand") }]));
        assert!(codes(&found["/p/base.toml"]).contains(&"unknown-option:3".to_owned()), "{found:?}");
        let found = editor.change("/p/base.toml", &json!([{ "text": good.replace("web]", "wbe]") }]));
        assert_eq!(codes(&found["/p/recipe.toml"]), ["unknown-program:4"]);
        let found = editor.change("/p/base.toml", &json!([{ "text": good }]));
        assert_eq!(codes(&found["/p/recipe.toml"]), [""; 0]);
        assert_eq!(editor.definition("/p/recipe.toml", &root.replace("\"web", "\"we|b")), "/p/base.toml:1");
        assert_eq!(editor.definition("/p/recipe.toml", &root.replace("base.toml", "base.to|ml")), "/p/base.toml:1");
    });
}

#[test]
fn configurations_are_checked_with_what_they_include() {
    let main = "[supervisord]\n[include]\nfiles = conf.d/*.conf\n";
    let files = [("/p/supervisord.conf", main), ("/p/conf.d/web.conf", "[program:web]\ncommand=/bin/web\n")];
    with_editor(&files, |editor| {
        let path = "/p/conf.d/web.conf";
        let found = editor.open(path, "[program:web]\ncommand=/bin/web\nstartsecs=soon\n");
        assert_eq!(codes(&found[path]).iter().filter(|code| code.ends_with(":3")).count(), 1, "{found:?}");
        assert!(editor.open("/p/nginx.conf", "server { }\n")["/p/nginx.conf"].as_array().unwrap().is_empty());
        assert!(editor.open("/p/Cargo.toml", "[package]\nname=1\n")["/p/Cargo.toml"].as_array().unwrap().is_empty());
    });
}

#[test]
fn what_a_manifest_makes_is_looked_at() {
    let text = MANIFEST.replace("bin/web $", "/bin/sh -c 'x &' $");
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        let found = editor.open(path, &text);
        assert_eq!(codes(&found[path]), ["background-command:8"], "{found:?}");
        // The text that was made is nowhere to be shown.
        assert!(found[path][0]["relatedInformation"].is_null() && found.len() == 1, "{found:?}");
        let start = json!({ "line": 0, "character": 0 });
        let insert = |text: &str| json!([{ "range": { "start": start, "end": start }, "text": text }]);
        assert_eq!(codes(&editor.change(path, &insert("# x\n"))[path]), ["background-command:9"]);
        // A comment that keeps such a finding quiet does something.
        let quiet = "# recipe: ignore-file[background-command] it is meant\n";
        assert_eq!(codes(&editor.change(path, &insert(quiet))[path]), [""; 0]);
    });
}

#[test]
fn what_a_large_manifest_makes_is_looked_at_when_it_is_saved() {
    let program = |n: usize| {
        let variable = "x".repeat(1000);
        format!("[parts.p{n}]\nrecipe = \"program\"\ncommand = \"/bin/p\"\nenvironment = {{ X = \"{variable}\" }}\n")
    };
    let names: Vec<String> = (0..100).map(|n| format!("\"p{n}\"")).collect();
    let programs: String = (0..100).map(program).collect();
    let supervisor = format!("[parts.s]\nrecipe = \"supervisor\"\nprograms = [{}]\n", names.join(", "));
    let text = format!("{programs}{supervisor}").replacen("/bin/p", "/bin/sh -c 'x &'", 1);
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        assert_eq!(codes(&editor.open(path, &text)[path]), ["background-command:3"]);
        let start = json!({ "line": 0, "character": 0 });
        let change = json!([{ "range": { "start": start, "end": start }, "text": "# x\n" }]);
        assert_eq!(codes(&editor.change(path, &change)[path]), [""; 0]);
        let saved = json!({ "textDocument": { "uri": "file:///p/recipe.toml" } });
        assert_eq!(codes(&told(editor.notify("textDocument/didSave", &saved))[path]), ["background-command:4"]);
    });
}

#[test]
fn pieces_are_looked_at_whatever_they_are_called() {
    let main = "[supervisord]\n[include]\nfiles = more/*.inc\n";
    let runner = "%include ../common.inc\n<runner>\n  program /bin/x\n</runner>\n";
    let files =
        [("/p/supervisord.conf", main), ("/p/more/web.inc", "x"), ("/q/common.inc", "x"), ("/q/etc/x.conf", runner)];
    with_editor(&files, |editor| {
        let path = "/p/more/web.inc";
        let found = editor.open(path, "[progam:web]\ncommand=/bin/web\n");
        assert_eq!(codes(&found[path]), ["unknown-section:1"], "{found:?}");
        assert!(editor.offered(path, "[pr|").contains(&"program:".to_owned()));
        let hover = editor.hover(path, "[program:web]\ncomm|and=/bin/web\n");
        assert!(hover.starts_with("**command**"), "{hover}");
        // One that no file here includes.
        let found = editor.open("/r/web.inc", "[program:web]\ncommand=/bin/web\nstartsecs=soon\n");
        assert_eq!(codes(&found["/r/web.inc"]), ["conf-value:3"]);
        assert_eq!(codes(&editor.open("/r/notes.inc", "some [text]\n")["/r/notes.inc"]), [""; 0]);
        // Of zdaemon those are known that are open.
        editor.open("/q/etc/x.conf", runner);
        let found = editor.open("/q/common.inc", "%define x $y\n");
        assert_eq!(codes(&found["/q/common.inc"]), ["conf-expansion:1"], "{found:?}");
    });
}

#[test]
fn zdaemon_is_helped_with() {
    with_editor(&[], |editor| {
        let path = "/p/zdaemon.conf";
        let hover = editor.hover(path, "<runner>\n  program /bin/x\n  back|off-limit 3\n</runner>\n");
        assert!(hover.starts_with("**backoff-limit**: a whole number"), "{hover}");
        let keys = editor.offered(path, "<runner>\n  pro|\n</runner>\n");
        assert!(keys.contains(&"program ".to_owned()) && keys.contains(&"<eventlog>".to_owned()), "{keys:?}");
        let sections = editor.offered(path, "<runner>\n  program x\n  <eventlog>\n    <sy|\n");
        assert!(sections.contains(&"syslog".to_owned()) && !sections.contains(&"runner".to_owned()), "{sections:?}");
        let words = editor.offered(path, "<runner>\n  daemon o|\n</runner>\n");
        assert!(words.contains(&"true".to_owned()) || words.contains(&"on".to_owned()), "{words:?}");
        let found = editor.open(path, "<runner>\n  program /bin/x\n  demon on\n</runner>\n");
        assert_eq!(codes(&found[path]), ["conf-unknown-key:3"]);
    });
}

#[test]
fn settings_of_the_linter_count() {
    let settings = "ignore = [\"unlisted-program\"]\n";
    let text = "[parts.web]\nrecipe = \"program\"\ncommand = \"/bin/web\"\n";
    with_editor(&[], |editor| {
        assert_eq!(codes(&editor.open("/p/recipe.toml", text)["/p/recipe.toml"]), ["unlisted-program:1"]);
    });
    with_editor(&[("/p/recipe-lint.toml", settings)], |editor| {
        assert_eq!(codes(&editor.open("/p/recipe.toml", text)["/p/recipe.toml"]), [""; 0]);
    });
}

#[test]
fn options_are_explained() {
    with_editor(&[], |editor| {
        let manifest = |from: &str, to: &str| MANIFEST.replacen(from, to, 1);
        let path = "/p/recipe.toml";
        let text = editor.hover(path, &manifest("command", "comm|and"));
        assert!(text.starts_with("**command**: a command line; must be set\n\nThe command that is run"), "{text}");
        assert!(editor.hover(path, &manifest("programs", "pro|grams")).contains("`program` parts"));
        assert!(editor.hover(path, &manifest("env =", "en|v =")).contains("variable of the environment"));
        let text = editor.hover(path, &manifest("<zeo:ports.main", "<zeo:por|ts.main"));
        assert!(text.contains("8100") && text.contains("recipe.toml, line 4"), "{text}");
        assert_eq!(editor.hover(path, &manifest("[parts.web", "[parts.we|b")), "**web**: a part of kind `program`");
        assert_eq!(editor.hover(path, "# not|hing\n"), "");
        let path = "/p/supervisord.conf";
        assert!(editor.hover(path, &CONF.replace("command", "comm|and")).contains("The command that is run"));
        assert!(editor.hover(path, &CONF.replace("[program", "[pro|gram")).contains("A program that the daemon runs."));
        let text = editor.hover(path, &CONF.replace("/bin/web", "%(he|re)s"));
        assert!(text.contains("`%(process_num)s`"), "{text}");
    });
}

#[test]
fn no_answer_shows_a_password() {
    with_editor(&[], |editor| {
        let text = format!("{MANIFEST}[x]\na = \"$<supervisor:credentials.pass|word>\"\n");
        let text = editor.hover("/p/recipe.toml", &text);
        assert!(text.contains("(secret)") && !text.contains("hunter2"), "{text}");
        let text = MANIFEST.replace("{ env = \"P\" }", "\"hunter2\"");
        let text = text.replace("web $<zeo:ports.main>", "web $<supervisor:|>");
        let items = editor.at("textDocument/completion", "/p/recipe.toml", &text).to_string();
        assert!(items.contains("credentials.password") && !items.contains("hunter2"), "{items}");
    });
}

#[test]
fn what_may_stand_there_is_offered() {
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        let mut offered = |from: &str, to: &str| editor.offered(path, &MANIFEST.replacen(from, to, 1));
        let has = |all: &[String], wanted: &[&str]| {
            let missing: Vec<_> = wanted.iter().filter(|w| !all.iter().any(|a| a == **w)).collect();
            assert!(missing.is_empty(), "{missing:?} not in {all:?}");
        };
        has(&offered("ports = ", "st|\nports = "), &["startsecs = ", "ports = ", "inherit = "]);
        has(&offered("recipe = \"program\"", "recipe = \"|\""), &["program", "supervisor", "zdaemon"]);
        has(&offered("$<zeo:ports.main>", "$<|"), &["zeo:", "web:", "project:", "env:"]);
        has(&offered("$<zeo:ports.main>", "$<zeo:po|"), &["ports.main>", "command>", "location>"]);
        has(&offered("$<zeo:ports.main>", "$<:|>"), &["command", "location"]);
        assert_eq!(offered("\"zeo\", \"web\"", "\"|\""), ["zeo", "web"]);
        has(&offered("[parts.zeo]", "|\n[parts.zeo]"), &["[project]", "[parts.", "extends = "]);
        has(&offered("[parts.zeo]", "[parts.web.env|]\n[parts.zeo]"), &["environment"]);
        has(&offered("[parts.web]", "[parts.supervisor.|]"), &["program", "eventlistener", "supervisord"]);
        has(&offered("env = ", "| = "), &["env", "file", "generate"]);
        has(&offered("[parts.web]", "[parts.supervisor.supervisord]\nloglevel = \"|\"\n[parts.web]"), &["info"]);
        let path = "/p/supervisord.conf";
        has(&editor.offered(path, "[|"), &["program:", "supervisord"]);
        has(&editor.offered(path, &CONF.replace("[group:all]", "[|]")), &["program:", "supervisord"]);
        has(&editor.offered(path, &CONF.replace("command", "auto|\ncommand")), &["autostart=", "autorestart="]);
        has(&editor.offered(path, &CONF.replace("command", "autorestart=|\ncommand")), &["unexpected"]);
        has(&editor.offered(path, &CONF.replace("/bin/web", "%(|")), &["program_name)s", "process_num)02d"]);
        assert_eq!(editor.offered(path, &CONF.replace("programs=web", "programs=|")), ["web"]);
        let path = "/p/buildout.cfg";
        let cfg = "[buildout]\nparts = web\n[web]\nrecipe = collective.recipe.supervisor\nport = 9001\n";
        has(&editor.offered(path, &cfg.replace("port =", "pro|\nport =")), &["programs = ", "plugins = "]);
        has(&editor.offered(path, &format!("{cfg}a = ${{web:|")), &["port}", "location}"]);
        has(&editor.offered(path, &cfg.replace("collective.recipe.supervisor", "|")), &["plone.recipe.cluster"]);
        has(&editor.offered("/p/recipe.yaml", "parts:\n  web:\n    recipe: program\n    |\n"), &["command: "]);
    });
}

#[test]
fn definitions_are_found() {
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        let mut definition = |from: &str, to: &str| editor.definition(path, &MANIFEST.replacen(from, to, 1));
        assert_eq!(definition("$<zeo:ports.main>", "$<zeo:ports.ma|in>"), "/p/recipe.toml:4");
        assert_eq!(definition("$<zeo:ports.main>", "$<ze|o:ports.main>"), "/p/recipe.toml:1");
        assert_eq!(definition("\"web\"", "\"w|eb\""), "/p/recipe.toml:6");
        assert_eq!(definition("bin/web", "bin/w|eb"), "nowhere");
        let conf = CONF.replace("programs=web", "programs=we|b");
        assert_eq!(editor.definition("/p/supervisord.conf", &conf), "/p/supervisord.conf:2");
        let cfg = "[buildout]\nparts = web\n[zeo]\nport = 1\n[web]\nrecipe = x\na = ${zeo:po|rt}\n";
        assert_eq!(editor.definition("/p/buildout.cfg", cfg), "/p/buildout.cfg:4");
    });
}

#[test]
fn names_are_known_while_the_text_is_broken() {
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        editor.open(path, MANIFEST);
        let params = |line: usize, character: usize| {
            json!({ "textDocument": { "uri": "file:///p/recipe.toml" },
                "position": { "line": line, "character": character } })
        };
        let range = json!({ "start": { "line": 7, "character": 0 }, "end": { "line": 8, "character": 0 } });
        editor.change(path, &json!([{ "range": range, "text": "command = \"$<ze\n" }]));
        let items = editor.ask("textDocument/completion", &params(7, 15))["result"]["items"].to_string();
        assert!(items.contains("\"zeo\""), "{items}");
        // A text that never was whole.
        let offered = editor.offered("/q/recipe.toml", "[parts.zeo]\nrecipe = \"program\"\n[parts.a]\nx = \"$<|");
        assert!(offered.contains(&"zeo:".to_owned()), "{offered:?}");
    });
}

#[test]
fn fixes_are_offered() {
    with_editor(&[], |editor| {
        let path = "/p/supervisord.conf";
        let text = CONF.replace("/bin/web", "/bin/web;starts the shop");
        let found = editor.open(path, &text);
        assert!(codes(&found[path]).contains(&"comment-without-blank:3".to_owned()), "{found:?}");
        let place = json!({ "line": 2, "character": 0 });
        let params = json!({ "textDocument": { "uri": "file:///p/supervisord.conf" },
            "range": { "start": place, "end": place }, "context": { "diagnostics": [] } });
        let actions = editor.ask("textDocument/codeAction", &params)["result"].clone();
        let action =
            actions.as_array().unwrap().iter().find(|a| a["diagnostics"][0]["code"] == "comment-without-blank");
        let action = action.unwrap_or_else(|| panic!("{actions}"));
        assert_eq!(action["title"], "Put a blank before it (may change what runs)");
        let edit = &action["edit"]["changes"]["file:///p/supervisord.conf"][0];
        assert_eq!(edit["newText"], " ");
        let found = editor.change(path, &json!([{ "range": edit["range"], "text": edit["newText"] }]));
        assert!(!found[path].to_string().contains("comment-without-blank"));
        let elsewhere = json!({ "textDocument": { "uri": "file:///p/supervisord.conf" },
            "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } } });
        assert_eq!(editor.ask("textDocument/codeAction", &elsewhere)["result"], json!([]));
    });
}

#[test]
fn a_fix_that_would_bring_an_error_is_not_offered() {
    with_editor(&[], |editor| {
        let path = "/p/supervisord.conf";
        // The first section would have no command; the last one has.
        let text =
            "[ program:d ]\n[supervisord]\n[ program:d ]\ncommand = /bin/cat\n[ program:e ]\ncommand = /bin/cat\n";
        editor.open(path, text);
        let mut titles = |line: u32| {
            let place = json!({ "line": line, "character": 0 });
            let params = json!({ "textDocument": { "uri": format!("file://{path}") },
                "range": { "start": place, "end": place } });
            let actions = editor.ask("textDocument/codeAction", &params)["result"].clone();
            actions.as_array().unwrap().iter().map(|action| action["title"].to_string()).collect::<Vec<_>>()
        };
        assert_eq!(titles(0), [""; 0]);
        assert_eq!(titles(4), ["\"Write `[program:e]` (may change what runs)\""]);
    });
}

#[test]
fn slips_are_mended() {
    with_editor(&[], |editor| {
        let path = "/p/recipe.toml";
        let cases = [
            ("command = \"bin/zeo", "comand = \"bin/zeo", 2, "command"),
            ("$<zeo:ports.main>", "$<zoe:ports.main>", 7, "zeo"),
            ("$<zeo:ports.main>", "$<zeo:ports.mian>", 7, "main"),
            ("recipe = \"program\"", "recipe = \"progam\"", 1, "program"),
            ("[\"zeo\", \"web\"]", "[\"zeo\", \"wbe\"]", 11, "web"),
        ];
        for (right, wrong, line, meant) in cases {
            editor.open(path, &MANIFEST.replacen(right, wrong, 1));
            let place = json!({ "line": line, "character": 0 });
            let params = json!({ "textDocument": { "uri": "file:///p/recipe.toml" },
                "range": { "start": place, "end": place } });
            let actions = editor.ask("textDocument/codeAction", &params)["result"].clone();
            let edit = &actions[0]["edit"]["changes"]["file:///p/recipe.toml"][0];
            assert_eq!(edit["newText"], meant, "{wrong}: {actions}");
            let found = editor.change(path, &json!([{ "range": edit["range"], "text": edit["newText"] }]));
            assert_eq!(codes(&found[path]), [""; 0], "{wrong}");
        }
    });
}

#[test]
fn the_protocol_is_kept() {
    with_editor(&[], |editor| {
        let code = |answer: &Value| answer["error"]["code"].as_i64().unwrap();
        assert_eq!(code(&editor.ask("initialize", &json!({}))), -32600);
        assert_eq!(code(&editor.ask("textDocument/rename", &json!({}))), -32601);
        assert_eq!(code(&editor.ask("textDocument/hover", &json!({ "textDocument": 5 }))), -32602);
        let elsewhere = json!({ "textDocument": { "uri": "file:///x" }, "position": { "line": 0, "character": 0 } });
        assert_eq!(editor.ask("textDocument/hover", &elsewhere)["result"], Value::Null);
        assert!(editor.notify("$/unknown", &json!({})).is_empty());
        editor.server.receive(br#"{"id":"a","method":"textDocument/hover","params":{}}"#);
        let out = editor.send(&json!({ "method": "$/cancelRequest", "params": { "id": "a" } }));
        assert_eq!((code(&out[0]), &out[0]["id"], out.len()), (-32800, &json!("a"), 1));
        assert_eq!(editor.ask("shutdown", &Value::Null)["result"], Value::Null);
        assert_eq!(code(&editor.ask("textDocument/hover", &elsewhere)), -32600);
        editor.notify("exit", &Value::Null);
        assert_eq!(editor.server.ended(), Some(true));
    });
    with_editor(&[], |editor| {
        editor.notify("exit", &Value::Null);
        assert_eq!(editor.server.ended(), Some(false));
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_and_any_place_is_answered(
        text in "([\\[\\]a-d.:=#;\"'$<>%(){}\n\r ,é]|parts|recipe = \"program\"|\\[program:a\\]|\\$<|%\\(){0,40}",
        line in 0..9_u32,
        character in 0..20_u32,
    ) {
        with_editor(&[], |editor| {
            for path in ["/p/recipe.toml", "/p/recipe.yaml", "/p/buildout.cfg", "/p/supervisord.conf", "/p/z.conf"] {
                editor.open(path, &text);
                let place = json!({ "line": line, "character": character });
                let document = json!({ "uri": format!("file://{path}") });
                for method in ["hover", "completion", "definition"] {
                    let params = json!({ "textDocument": document, "position": place });
                    let answer = editor.ask(&format!("textDocument/{method}"), &params);
                    assert!(answer.get("result").is_some());
                }
                let params = json!({ "textDocument": document, "range": { "start": place, "end": place } });
                assert!(editor.ask("textDocument/codeAction", &params)["result"].is_array());
            }
        });
    }

    #[test]
    fn findings_after_edits_are_those_of_the_text(
        name in prop::sample::select(vec!["recipe.toml", "recipe.yaml", "buildout.cfg", "supervisord.conf"]),
        text in prop::sample::select(vec![MANIFEST, YAML, CFG, CONF]),
        edits in prop::collection::vec((0..14_u32, 0..20_u32, 0..2_u32, 0..6_u32, "[a-z\\[\\]{}:=#\"$<> \n]{0,4}"), 1..6),
    ) {
        let path = format!("/p/{name}");
        let mut whole = Text::new(text.to_owned());
        let (mut found, mut fresh) = (BTreeMap::new(), BTreeMap::new());
        with_editor(&[], |editor| {
            editor.open(&path, text);
            for (line, character, lines, characters, new) in &edits {
                let range = json!({ "start": { "line": line, "character": character },
                    "end": { "line": line + lines, "character": character + characters } });
                found = editor.change(&path, &json!([{ "range": range, "text": new }]));
                whole.replace(serde_json::from_value(range).unwrap(), Encoding::Utf16, new);
            }
        });
        with_editor(&[], |editor| fresh = editor.open(&path, whole.as_str()));
        prop_assert_eq!(&found[&path], &fresh[&path], "{}", whole.as_str());
    }
}
