//! Bytes to values and back, with no socket.
