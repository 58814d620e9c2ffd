//! The socket of a connection, of either kind: who serves it reads and writes, and others may wait until its client has
//! left.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use rustix::net::shutdown;
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

use crate::runtime::sys;

/// Bytes that are read past at once.
const PASSED_OVER: usize = 16 << 10;

/// A connected socket that does not block.
#[derive(Debug)]
pub(super) struct Stream {
    socket: Rc<AsyncFd<OwnedFd>>,
    /// The last read had something.
    has_come: bool,
}

/// Who is at the other end of a stream.
#[derive(Debug)]
pub(super) struct Client(Rc<AsyncFd<OwnedFd>>);

impl Stream {
    /// To be called in the event loop.
    pub(super) fn new(socket: OwnedFd) -> io::Result<Self> {
        let socket = Rc::new(sys::watched(socket, Interest::READABLE | Interest::WRITABLE)?);
        Ok(Self { socket, has_come: false })
    }

    pub(super) fn client(&self) -> Client {
        Client(Rc::clone(&self.socket))
    }
}

impl Client {
    /// Waits until it has left, or says that it sends no more. What it sends until then is read past: its end stands behind
    /// that.
    pub(super) async fn left(&self) {
        let mut beyond = vec![0; PASSED_OVER];
        let mut read = |socket: &OwnedFd| Ok(rustix::io::read(socket, &mut *beyond)?);
        while let Ok(1..) = self.0.async_io(Interest::READABLE, &mut read).await {}
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { socket, has_come } = self.get_mut();
        loop {
            let mut guard = ready!(socket.poll_read_ready(cx))?;
            let room_left = room.remaining();
            let read = |socket: &AsyncFd<OwnedFd>| Ok(rustix::io::read(socket.get_ref(), room.initialize_unfilled())?);
            let Ok(count) = guard.try_io(read) else { continue };
            let is_something = matches!(count, Ok(1..));
            // There was no more: the next time the event loop says when there is.
            if is_something && count.as_ref().is_ok_and(|count| *count < room_left) {
                guard.clear_ready();
            }
            // Who asks and leaves at once has asked: the end, of whatever kind, is not told before what came with it had
            // its turn.
            if std::mem::replace(has_come, is_something) && !is_something {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            room.advance(count?);
            return Poll::Ready(Ok(()));
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(cx, &[IoSlice::new(data)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        data: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        loop {
            let mut guard = ready!(self.socket.poll_write_ready(cx))?;
            let write = |socket: &AsyncFd<OwnedFd>| Ok(rustix::io::writev(socket.get_ref(), data)?);
            if let Ok(count) = guard.try_io(write) {
                return Poll::Ready(count);
            }
        }
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(shutdown(self.socket.get_ref(), rustix::net::Shutdown::Write).map_err(io::Error::from))
    }
}
