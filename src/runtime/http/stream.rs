//! The socket of a connection, of either kind: who serves it reads and writes, and others may look whether its client is
//! still there.

use std::io::{self, IoSlice};
use std::os::fd::OwnedFd;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg, shutdown};
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};

use crate::runtime::sys;

const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// A connected socket that does not block.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    socket: Rc<AsyncFd<OwnedFd>>,
    /// All that had come was read.
    is_drained: bool,
}

impl Stream {
    /// To be called in the event loop.
    pub(super) fn new(socket: OwnedFd) -> io::Result<Self> {
        let socket = Rc::new(sys::watched(socket, Interest::READABLE | Interest::WRITABLE)?);
        Ok(Self { socket, is_drained: false })
    }

    /// Whether its client has closed it, whatever of what it had sent before was not read.
    pub(super) fn is_left(&self) -> bool {
        let mut socket = [PollFd::new(self.socket.get_ref(), PollFlags::RDHUP)];
        // HUP and ERR are told of without being asked for.
        poll(&mut socket, Some(&NOW)).is_ok_and(|count| count > 0)
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, room: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { socket, is_drained } = self.get_mut();
        loop {
            let mut guard = ready!(socket.poll_read_ready(cx))?;
            let room_left = room.remaining();
            let read = |socket: &AsyncFd<OwnedFd>| Ok(rustix::io::read(socket.get_ref(), room.initialize_unfilled())?);
            let Ok(count) = guard.try_io(read) else { continue };
            let count = count?;
            // There was no more: the next time the event loop says when there is.
            let is_short = 0 < count && count < room_left;
            if is_short {
                guard.clear_ready();
            }
            // Who asks and leaves at once has asked: the end is not told before what came with it had its turn.
            if std::mem::replace(is_drained, is_short) && count == 0 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            room.advance(count);
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
            let write = |socket: &AsyncFd<OwnedFd>| {
                let mut nothing = SendAncillaryBuffer::default();
                Ok(sendmsg(socket.get_ref(), data, &mut nothing, SendFlags::NOSIGNAL)?)
            };
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
