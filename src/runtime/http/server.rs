//! Connections: accepted, bounded, served.

use std::cell::Cell;
use std::convert::Infallible;
use std::future::Future;
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
use tokio::time::{sleep, timeout};

use super::awake::Awake;
use super::body::Answer;
use super::room::{Room, Seat};
use super::site::Site;
use super::stream::Stream;
use crate::conf::model::{Auth, LogLevel};
use crate::runtime::daemon::FAREWELL;
use crate::runtime::{errno, sys};

/// How long a new connection may take for its first request.
const FIRST_REQUEST: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 30 });
/// Pause after a connection could not be accepted, as when descriptors have run out.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);
/// Flags of a connection's descriptor.
const CONNECTION: SocketFlags = SocketFlags::CLOEXEC.union(SocketFlags::NONBLOCK);
/// What a client of a unix socket is called.
const LOCAL: &str = "localhost:0";
/// Longest head of a request, in bytes.
const MAX_HEAD: usize = 64 * 1024;

/// A socket that connections are taken from, of either kind.
#[derive(Debug)]
pub(super) struct Accepting(AsyncFd<OwnedFd>);

impl Accepting {
    /// Takes a descriptor of its own at once: later the programs may have them all, and one that is stopped then could
    /// not come back. To be called in the event loop.
    pub(super) fn new(socket: &OwnedFd) -> io::Result<Self> {
        Ok(Self(sys::watched(socket.try_clone()?, Interest::READABLE)?))
    }

    /// The next connection, and what its client is called.
    async fn accept(&self) -> io::Result<(Stream, String)> {
        let accept = |socket: &OwnedFd| Ok(acceptfrom_with(socket, CONNECTION)?);
        let (socket, peer) = self.0.async_io(Interest::READABLE, accept).await?;
        let peer = peer.and_then(|peer| SocketAddr::try_from(peer).ok());
        if peer.is_some() {
            // Without it answers are only slower.
            let _ = set_tcp_nodelay(&socket, true);
        }
        Ok((Stream::new(socket)?, peer.map_or_else(|| LOCAL.to_owned(), |peer| peer.to_string())))
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
                    site.control.log(LogLevel::Error, &format!("cannot accept a connection: {}", errno::name(&error)));
                }
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: Stream, peer: String, auth: Option<Rc<Auth>>, site: Rc<Site>, seat: Rc<Seat>) {
    let (follows, asked, awake) = (Rc::new(Notify::new()), Rc::new(Cell::new(false)), Rc::new(Awake::new()));
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
    let client = stream.client();
    // Who follows a log may have sent more than its request, as Supervisor's own client does: who serves it reads nothing
    // while it answers, and does not see the end behind that.
    let left = async {
        follows.notified().await;
        client.left().await;
    };
    let mut http = http1::Builder::new();
    let served = http.title_case_headers(true).max_buf_size(MAX_HEAD).serve_connection(TokioIo::new(stream), service);
    let mut served = pin!(served);
    tokio::select! {
        () = unless_silent(served.as_mut(), &asked) => return,
        () = seat.dismissed() => return,
        () = left => return,
        () = awake.keep() => {}
        () = site.closed() => {}
    }
    // What is being answered still is, to whoever reads it; then it ends.
    served.as_mut().graceful_shutdown();
    let _ = timeout(FAREWELL, served).await;
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
