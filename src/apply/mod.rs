//! The only writer of the compiler.
