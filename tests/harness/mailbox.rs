//! A mail server for one test: it takes every mail, and keeps it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// Where mails arrive.
#[derive(Clone)]
pub struct Mailbox {
    /// Where it listens.
    pub port: u16,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    /// Opens one.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let mails = Arc::new(Mutex::new(Vec::new()));
        let kept = mails.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if let Some(mail) = take(&stream) {
                    kept.lock().expect("the mails").push(mail);
                }
            }
        });
        Self { port, mails }
    }

    /// The mails so far.
    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().expect("the mails").clone()
    }
}

fn take(stream: &TcpStream) -> Option<String> {
    let mut out = stream.try_clone().ok()?;
    let mut say = |line: &str| out.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 mailbox")?;
    let (mut mail, mut is_text) = (None, false);
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match (is_text, verb.as_str()) {
            (true, _) if line == "." => {
                is_text = false;
                say("250 kept")?;
            }
            (true, _) => mail.get_or_insert_with(String::new).extend([line.as_str(), "\n"]),
            (false, "DATA") => {
                is_text = true;
                say("354 go on")?;
            }
            (false, "QUIT") => {
                say("221 bye")?;
                break;
            }
            (false, _) => drop(say("250 well")?),
        }
    }
    mail
}
