//! Connections: accepted, bounded, served.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1::{self, Connection};
use hyper::service::{HttpService, service_fn};
use hyper_util::rt::TokioIo;
use rustix::net::sockopt::set_tcp_nodelay;
use rustix::net::{SocketFlags, acceptfrom_with};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::Notify;
use tokio::task::spawn_local;
use tokio::time::sleep;

use super::awake::Awake;
use super::body::Answer;
use super::room::{Room, Seat};
use super::site::Site;
use super::stream::Stream;
use crate::conf::model::{Auth, LogLevel};
use crate::runtime::sys;

/// How long a new connection may take for its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
/// Pause after a connection could not be accepted, as when descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// How a connection's descriptor is.
const CONNECTION: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);
/// What a client of a unix socket is called.
const LOCAL: &str = "localhost:0";
/// How often it is looked whether a client that follows a log is still there.
const LOOK: Duration = Duration::from_secs(1);
/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A socket that connections are taken from, of either kind.
#[derive(Debug)]
pub(super) struct Accepting(AsyncFd<OwnedFd>);

impl Accepting {
    /// Takes a descriptor of its own at once: later the programs may have them all, and one that is stopped then could
    /// not come back. To be called in the event loop.
    pub(super) fn from(socket: &OwnedFd) -> io::Result<Self> {
        Ok(Self(sys::watched(socket.try_clone()?, Interest::READABLE)?))
    }

    /// The next connection, and what its client is called.
    async fn accept(&self) -> io::Result<(Stream, String)> {
        loop {
            let mut guard = poll_fn(|cx| self.0.poll_read_ready(cx)).await?;
            let accept = |socket: &AsyncFd<OwnedFd>| Ok(acceptfrom_with(socket.get_ref(), CONNECTION)?);
            if let Ok(accepted) = guard.try_io(accept) {
                let (socket, peer) = accepted?;
                let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
                if peer.is_some() {
                    set_tcp_nodelay(&socket, true)?;
                }
                return Ok((Stream::new(socket)?, peer.map_or_else(|| LOCAL.to_owned(), |peer| peer.to_string())));
            }
        }
    }
}

/// Serves a socket for as long as the task lives. Must run in a `LocalSet`, as connections are tasks of this thread.
pub(super) async fn serve(accepting: Accepting, auth: Option<Auth>, site: Rc<Site>, room: Rc<Room>) {
    let auth = auth.map(Rc::new);
    let mut failing = false;
    loop {
        match accepting.accept().await {
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
