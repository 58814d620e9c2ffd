//! A mail server for tests: SMTP with STARTTLS and login, as far as clients go. It keeps what it is sent.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// How long a test waits for a mail.
const DEADLINE: Duration = Duration::from_secs(60);

/// How the server behaves.
#[derive(Clone, Debug, Default)]
pub struct Manners {
    /// It can encrypt.
    pub starttls: bool,
    /// It wants this user and password before it takes a mail.
    pub login: Option<(&'static str, &'static str)>,
    /// What it says to the end of a mail, instead of taking it.
    pub refusal: Option<&'static str>,
    /// Recipients that it does not know.
    pub unknown: Vec<&'static str>,
}

/// A mail that it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// Who sent it.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Its lines.
    pub text: String,
    /// As whom its sender came.
    pub login: Option<(String, String)>,
    /// Whether it came encrypted.
    pub is_encrypted: bool,
}

/// The server, for as long as the test runs.
pub struct Smtp {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// The certificate that it has, for `localhost`, in PEM.
    pub certificate: String,
    manners: Arc<Mutex<Manners>>,
    taken: Receiver<Taken>,
}

/// What a connection needs to know.
#[derive(Clone)]
struct Shared {
    manners: Arc<Mutex<Manners>>,
    tls: Arc<ServerConfig>,
    taken: Sender<Taken>,
}

impl Smtp {
    /// Starts one on any port.
    pub fn start(manners: Manners) -> Self {
        Self::listen(TcpListener::bind("127.0.0.1:0").expect("a port"), manners)
    }

    /// Starts one on a port on which there was none so far.
    pub fn start_at(port: u16, manners: Manners) -> Self {
        Self::listen(TcpListener::bind(("127.0.0.1", port)).expect("the port"), manners)
    }

    fn listen(listener: TcpListener, manners: Manners) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let (sender, taken) = channel();
        let manners = Arc::new(Mutex::new(manners));
        let (tls, certificate) = tls();
        let shared = Shared { manners: Arc::clone(&manners), tls, taken: sender };
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let shared = shared.clone();
                // A client that leaves in the middle is not this server's trouble.
                std::thread::spawn(move || drop(serve(&stream, &shared)));
            }
        });
        Self { port, certificate, manners, taken }
    }

    /// Behaves otherwise from now on.
    pub fn behave(&self, manners: Manners) {
        *self.manners.lock().expect("no panic") = manners;
    }

    /// Whether it has taken a mail that nobody has asked for yet; that is gone then.
    pub fn has_mail(&self) -> bool {
        self.taken.try_recv().is_ok()
    }

    /// The next mail that it takes.
    pub fn mail(&self) -> Result<Taken, libtest_mimic::Failed> {
        self.taken.recv_timeout(DEADLINE).map_err(|_| "no mail comes".into())
    }
}

/// A certificate for `localhost` that is signed by nobody else: what a server needs of it, and it.
pub fn tls() -> (Arc<ServerConfig>, String) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).expect("a certificate");
    (Arc::new(config), cert.pem())
}

/// A connection, in clear or not.
trait Both: Read + Write {}
impl<T: Read + Write> Both for T {}

/// One connection, from its greeting to its end.
struct Talk<'s> {
    shared: &'s Shared,
    mail: Taken,
    stream: BufReader<Box<dyn Both>>,
}

/// What comes after a command.
enum Next {
    Command,
    Encrypt,
    Leave,
}

fn serve(stream: &TcpStream, shared: &Shared) -> std::io::Result<()> {
    let clear: Box<dyn Both> = Box::new(stream.try_clone()?);
    let mail = Taken { from: String::new(), to: Vec::new(), text: String::new(), login: None, is_encrypted: false };
    let mut talk = Talk { shared, mail, stream: BufReader::new(clear) };
    talk.say("220 localhost ready")?;
    loop {
        let line = talk.line()?;
        match talk.command(&line)? {
            Next::Command => {}
            Next::Leave => return Ok(()),
            Next::Encrypt => {
                let connection = ServerConnection::new(Arc::clone(&shared.tls)).map_err(std::io::Error::other)?;
                let stream: Box<dyn Both> = Box::new(StreamOwned::new(connection, stream.try_clone()?));
                talk.stream = BufReader::new(stream);
                talk.mail.is_encrypted = true;
            }
        }
    }
}

impl Talk<'_> {
    fn say(&mut self, line: &str) -> std::io::Result<()> {
        let stream = self.stream.get_mut();
        stream.write_all(format!("{line}\r\n").as_bytes())?;
        stream.flush()
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(line.trim_end_matches(['\r', '\n']).to_owned())
    }

    fn manners(&self) -> Manners {
        self.shared.manners.lock().expect("no panic").clone()
    }

    fn command(&mut self, line: &str) -> std::io::Result<Next> {
        let manners = self.manners();
        let upper = line.to_ascii_uppercase();
        let is_let_in = manners.login.is_none() || self.mail.login.is_some();
        match upper.split([' ', ':']).next().unwrap_or_default() {
            "EHLO" => self.greet(&manners)?,
            "HELO" | "NOOP" | "RSET" => self.say("250 ok")?,
            "STARTTLS" if manners.starttls && !self.mail.is_encrypted => {
                self.say("220 go on")?;
                return Ok(Next::Encrypt);
            }
            "AUTH" => self.log_in(line, &manners)?,
            "MAIL" if !is_let_in => self.say("530 who are you?")?,
            "MAIL" => {
                self.mail.from = address(line);
                self.say("250 ok")?;
            }
            "RCPT" if manners.unknown.contains(&address(line).as_str()) => self.say("550 nobody is called so")?,
            "RCPT" => {
                self.mail.to.push(address(line));
                self.say("250 ok")?;
            }
            "DATA" => self.take(&manners)?,
            "QUIT" => {
                self.say("221 bye")?;
                return Ok(Next::Leave);
            }
            _ => self.say("502 what?")?,
        }
        Ok(Next::Command)
    }

    fn greet(&mut self, manners: &Manners) -> std::io::Result<()> {
        self.say("250-localhost")?;
        if manners.starttls && !self.mail.is_encrypted {
            self.say("250-STARTTLS")?;
        }
        if manners.login.is_some() {
            self.say("250-AUTH PLAIN LOGIN")?;
        }
        self.say("250 8BITMIME")
    }

    fn log_in(&mut self, line: &str, manners: &Manners) -> std::io::Result<()> {
        let words: Vec<&str> = line.split(' ').collect();
        let given = match words[1..] {
            [kind, plain] if kind.eq_ignore_ascii_case("PLAIN") => {
                let plain = decoded(plain);
                let mut parts = plain.split('\0').skip(1).map(str::to_owned);
                (parts.next().unwrap_or_default(), parts.next().unwrap_or_default())
            }
            [_, user] => (decoded(user), self.ask("Password:")?),
            _ => (self.ask("Username:")?, self.ask("Password:")?),
        };
        if manners.login.is_some_and(|(user, password)| given.0 == user && given.1 == password) {
            self.mail.login = Some(given);
            self.say("235 welcome")
        } else {
            self.say("535 5.7.8 that is not so")
        }
    }

    fn ask(&mut self, what: &str) -> std::io::Result<String> {
        self.say(&format!("334 {}", STANDARD.encode(what)))?;
        Ok(decoded(&self.line()?))
    }

    fn take(&mut self, manners: &Manners) -> std::io::Result<()> {
        if self.mail.to.is_empty() {
            return self.say("503 for whom?");
        }
        self.say("354 go on")?;
        self.mail.text.clear();
        loop {
            let line = self.line()?;
            if line == "." {
                break;
            }
            self.mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
            self.mail.text.push('\n');
        }
        if let Some(refusal) = manners.refusal {
            return self.say(refusal);
        }
        let _ = self.shared.taken.send(self.mail.clone());
        self.mail.to.clear();
        self.say("250 taken")
    }
}

fn decoded(text: &str) -> String {
    let bytes = STANDARD.decode(text).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn address(line: &str) -> String {
    line.split_once('<').and_then(|(_, rest)| rest.split_once('>')).map_or("", |(address, _)| address).to_owned()
}
