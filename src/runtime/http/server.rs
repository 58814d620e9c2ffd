//! Connections: accepted, bounded, served.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Connection};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::awake::Awake;
use super::body::Answer;
use super::listen::Socket;
use super::room::{Room, Seat};
use super::site::Site;
use super::stream::Stream;
use crate::conf::model::{Auth, LogLevel};

/// How long a new connection may take for its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
/// Pause after a connection could not be accepted, as when descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How often it is looked whether a client that follows a log is still there.
const LOOK: Duration = Duration::from_secs(1);
/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A socket that connections are taken from.
#[derive(Debug)]
pub(super) enum Accepting {
    Tcp(TcpListener),
    Unix(UnixListener),
}

impl Accepting {
    /// Takes a descriptor of its own at once: later the programs may have them all, and one that is stopped then could
    /// not come back.
    pub(super) fn from(socket: &Socket) -> io::Result<Self> {
        Ok(match socket {
            Socket::Tcp(socket) => Self::Tcp(TcpListener::from_std(socket.try_clone()?)?),
            Socket::Unix(socket) => Self::Unix(UnixListener::from_std(socket.try_clone()?)?),
        })
    }
}

/// Serves a socket for as long as the task lives. Must run in a `LocalSet`, as connections are tasks of this thread.
pub(super) async fn serve(accepting: Accepting, auth: Option<Auth>, site: Rc<Site>, room: Rc<Room>) -> io::Result<()> {
    let auth = auth.map(Rc::new);
    match accepting {
        Accepting::Tcp(socket) => {
            let accept = async || {
                let (stream, peer) = socket.accept().await?;
                stream.set_nodelay(true)?;
                Ok((Stream::new(stream.into_std()?.into())?, peer.to_string()))
            };
            accept_all(accept, auth, site, room).await
        }
        Accepting::Unix(socket) => {
            let accept = async || {
                let (stream, _) = socket.accept().await?;
                Ok((Stream::new(stream.into_std()?.into())?, "localhost:0".to_owned()))
            };
            accept_all(accept, auth, site, room).await
        }
    }
}

async fn accept_all(
    mut accept: impl AsyncFnMut() -> io::Result<(Stream, String)>,
    auth: Option<Rc<Auth>>,
    site: Rc<Site>,
    room: Rc<Room>,
) -> io::Result<()> {
    let mut failing = false;
    loop {
        match accept().await {
            Ok((stream, peer)) => {
                failing = false;
                spawn_local(connection(stream, peer, auth.clone(), site.clone(), room.seat().await));
            }
            Err(error) => {
                // Descriptors may have run out: whoever rests has one.
                room.dismiss();
                if !std::mem::replace(&mut failing, true) {
                    site.control.log(LogLevel::Error, &format!("cannot accept a connection: {error}"));
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: Stream, peer: String, auth: Option<Rc<Auth>>, site: Rc<Site>, seat: Rc<Seat>) {
    let follows = Rc::new(Notify::new());
    let (asked, awake) = (Rc::new(Cell::new(false)), Rc::new(Awake::new()));
    let service = service_fn(|request| {
        asked.set(true);
        let (auth, peer, site, seat, awake) = (auth.clone(), peer.clone(), site.clone(), seat.clone(), awake.clone());
        let follows = follows.clone();
        async move {
            seat.work();
            awake.asked();
            let response = site.answer(auth.as_deref(), &peer, request).await;
            awake.answered();
            if response.body().is_followed() {
                follows.notify_one();
            } else {
                seat.rest();
            }
            Ok::<_, Infallible>(response)
        }
    });
    let mut http = http1::Builder::new();
    let served =
        http.title_case_headers(true).max_buf_size(MAX_HEAD).serve_connection(TokioIo::new(stream.clone()), service);
    let mut served = pin!(served);
    tokio::select! {
        () = unless_silent(served.as_mut(), &asked) => return,
        () = seat.dismissed() => return,
        () = left(&stream, &follows) => return,
        () = awake.keep() => {}
        () = site.closed() => {}
    }
    // What is being answered still is; then it ends.
    served.as_mut().graceful_shutdown();
    let _ = served.await;
}

/// Waits until a client that follows a log has left. It may have sent more than its request, as Supervisor's own does: who
/// serves it reads nothing while it answers, and does not see the end behind that.
async fn left(stream: &Stream, follows: &Notify) {
    follows.notified().await;
    while !stream.is_left() {
        sleep(LOOK).await;
    }
}

/// Runs a connection to its end, unless it has not asked for anything when its time is up. That a connection breaks
/// off is the client's affair.
async fn unless_silent<V>(mut served: Pin<&mut Connection<TokioIo<Stream>, V>>, asked: &Cell<bool>)
where
    V: HttpService<Incoming, ResBody = Answer>,
    V::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    Connection<TokioIo<Stream>, V>: Future,
{
    tokio::select! {
        _ = served.as_mut() => return,
        () = sleep(FIRST_REQUEST) => {}
    }
    if asked.get() {
        let _ = served.await;
    }
}
