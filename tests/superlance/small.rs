//! As they are shipped they stay small, whatever they have done: told of a process, asked a daemon or a web server, sent a mail.

use std::path::Path;

use libtest_mimic::Failed;

use super::alone::{BATCH, EXITED, MAIL, RESIDENT, daemon, url_of_none};
use super::listener::{Listener, url};
use crate::harness::Outcome;
use crate::harness::scratch::Scratch;
use crate::harness::smtp::{Manners, Smtp};
use crate::listeners::out_of_order;
use crate::shipped::{comes_down_to, copy};

/// How often each of them does it.
const TIMES: usize = 20;

/// What only an event needed is given back a little later.
fn is_small(program: &str, listener: &Listener) -> Outcome {
    let small = comes_down_to(RESIDENT, listener.pid());
    small.map_err(|why| format!("{program} takes {}", why.message().unwrap_or_default()).into())
}

/// Those that look at processes, restart one, and mail by a command.
fn watchers(binary: &Path) -> Outcome {
    let daemon = daemon("[program:a]\ncommand = sleep 1000\nstartsecs = 0\n");
    let page = out_of_order()?;
    for (program, args) in [("memmon", vec!["-p", "a=1KB"]), ("httpok", vec!["-p", "a"])] {
        let last = if program == "httpok" { &[page.as_str()][..] } else { &[] };
        let args = [&args[..], &MAIL, last].concat();
        let address = url(&daemon);
        let mut listener = Listener::of_binary(binary, program, &args, &[("SUPERVISOR_SERVER_URL", &address)]);
        for number in 1..=TIMES {
            listener.event("TICK_60", &format!("when:{}", number * 60));
        }
        assert!(listener.stderr().contains("estart"), "{}", listener.stderr());
        is_small(program, &listener)?;
    }
    Ok(())
}

/// Those that are told of processes, and mail by a server.
fn reporters(binary: &Path, manners: &Manners) -> Outcome {
    let server = Smtp::start(manners.clone());
    let host = format!("localhost:{}", server.port);
    let login = ["-u", "me", "--tls"];
    for program in ["crashmailbatch", "fatalmailbatch", "crashsms"] {
        let encrypted = if manners.starttls { &login[..] } else { &[] };
        let args = [&BATCH[..], &["-H", &host], encrypted].concat();
        let variables = [url_of_none(), ("SMTP_PASSWORD", "s3kret")];
        let mut listener = Listener::of_binary(binary, program, &args, &variables);
        for number in 1..=TIMES {
            let event = if program == "fatalmailbatch" { "PROCESS_STATE_FATAL" } else { "PROCESS_STATE_EXITED" };
            listener.event(event, EXITED);
            listener.event("TICK_60", &format!("when:{}", number * 60));
            let mail = server.mail().map_err(|_| Failed::from(listener.stderr()))?;
            assert_eq!(mail.is_encrypted, manners.starttls);
        }
        is_small(program, &listener)?;
    }
    Ok(())
}

pub fn after_events() -> Outcome {
    let scratch = Scratch::new();
    let binary = copy(&scratch)?;
    let mut crashmail = Listener::of_binary(&binary, "crashmail", &[&["-a"], &MAIL[..]].concat(), &[url_of_none()]);
    for _ in 0..TIMES {
        crashmail.event("PROCESS_STATE_EXITED", EXITED);
    }
    assert!(crashmail.stderr().contains("unexpected exit, mailing"), "{}", crashmail.stderr());
    is_small("crashmail", &crashmail)?;
    watchers(&binary)?;
    reporters(&binary, &Manners::default())?;
    reporters(&binary, &Manners { starttls: true, login: Some(("me", "s3kret")), ..Manners::default() })
}
