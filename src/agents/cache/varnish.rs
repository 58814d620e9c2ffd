//! Varnish, by its management: what fits an expression is banned. Or by a request whose meaning is in the rules of the
//! server.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::Problem;
use crate::agents::failure::Failure;
use crate::agents::plain;
use crate::client::http::Decoder;
use crate::client::timed::Timed;
use crate::client::transport::{Endpoint, Server};
use crate::wire::url::without_login;
use crate::wire::varnish::{self, AUTH, Answer, OK};

/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// A management.
#[derive(Clone, Debug)]
pub struct Varnish {
    /// `HOST:PORT`.
    pub admin: String,
    /// The file of the secret.
    pub secret_file: Option<String>,
}

impl Varnish {
    /// Makes it forget what fits an expression.
    pub fn ban(&self, expression: &str) -> Result<(), Problem> {
        let silent = |why| Failure::Silent { place: self.admin.clone(), why };
        let mut stream = Timed::tcp(&self.admin, PATIENCE).map_err(silent)?;
        let greeting = self.hear(&mut stream)?;
        if greeting.status == AUTH {
            self.let_in(&mut stream, &greeting.text)?;
        } else if greeting.status != OK {
            return Err(self.refused(&greeting));
        }
        self.ask(&mut stream, &varnish::ban(expression))
    }

    /// Says who this is, to whoever asks for it with a challenge.
    fn let_in(&self, stream: &mut Timed, challenge: &str) -> Result<(), Problem> {
        let path = self.secret_file.clone().ok_or_else(|| Problem::NoSecret { place: self.admin.clone() })?;
        let secret = plain::bytes(Path::new(&path));
        let secret = secret.map_err(|why| Failure::File { verb: "read", path: path.clone(), why })?;
        let line = varnish::authenticate(challenge, &secret).map_err(self.broken())?;
        // Of a secret that is not its own it says nothing but that this failed.
        match self.say(stream, &line)?.status {
            OK => Ok(()),
            _ => Err(Problem::WrongSecret { place: self.admin.clone(), path }),
        }
    }

    fn ask(&self, stream: &mut Timed, line: &str) -> Result<(), Problem> {
        let answer = self.say(stream, line)?;
        if answer.status == OK { Ok(()) } else { Err(self.refused(&answer)) }
    }

    fn say(&self, stream: &mut Timed, line: &str) -> Result<Answer, Problem> {
        let silent = |why| Failure::Silent { place: self.admin.clone(), why };
        stream.write_all(line.as_bytes()).map_err(silent)?;
        self.hear(stream)
    }

    fn hear(&self, stream: &mut Timed) -> Result<Answer, Problem> {
        let silent = |why| Failure::Silent { place: self.admin.clone(), why };
        let mut bytes = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            if let Some((answer, _)) = varnish::read(&bytes).map_err(self.broken())? {
                return Ok(answer);
            }
            match stream.read(&mut buffer).map_err(silent)? {
                0 => return Err(silent(io::ErrorKind::UnexpectedEof.into()).into()),
                count => bytes.extend_from_slice(&buffer[..count]),
            }
        }
    }

    fn broken(&self) -> impl Fn(varnish::Problem) -> Problem + '_ {
        |why| Problem::Broken { place: self.admin.clone(), why }
    }

    fn refused(&self, answer: &Answer) -> Problem {
        let says = answer.text.lines().next().unwrap_or_default().to_owned();
        Problem::Refused { place: self.admin.clone(), status: answer.status, says }
    }
}

/// Sends a request such as `PURGE` for a URL, as the user that it names. A status from 200 to 299 is a success.
pub fn request(method: &str, url: &str) -> Result<(), Problem> {
    let (url, login) = without_login(url);
    let url = &*url;
    let (username, password) = login.map(|(user, password)| (user.to_owned(), password.to_owned())).unzip();
    let server = Server { url: url.to_owned(), username, password };
    let login = server.auth().map(|auth| format!("Authorization: {auth}\r\n")).unwrap_or_default();
    let bad = |_| Problem::BadUrl(url.to_owned());
    let (Endpoint::Tcp(host, port), asked) = (server.endpoint().map_err(bad)?, server.host().map_err(bad)?) else {
        return Err(Problem::BadUrl(url.to_owned()));
    };
    let path = url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|at| &rest[at..])).unwrap_or("/");
    let silent = |why| Failure::Silent { place: url.to_owned(), why };
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {asked}\r\n{login}Connection: close\r\n\r\n");
    let status = exchange(host, port, &head).map_err(silent)?;
    if (200..300).contains(&status) {
        return Ok(());
    }
    Err(Problem::Refused { place: url.to_owned(), status, says: String::new() })
}

fn exchange(host: &str, port: u16, head: &str) -> io::Result<u16> {
    let mut stream = Timed::host(host, port, PATIENCE)?;
    stream.write_all(head.as_bytes())?;
    let mut decoder = Decoder::default();
    let mut buffer = [0; 4096];
    while !decoder.has_head() {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        decoder.push(&buffer[..count], &mut Vec::new()).map_err(|_| io::ErrorKind::InvalidData)?;
    }
    Ok(decoder.head().status)
}
