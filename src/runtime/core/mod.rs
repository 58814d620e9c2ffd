//! The pure core of supervision: inputs and the time in, effects out.
