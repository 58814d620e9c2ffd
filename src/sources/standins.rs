//! What stands for passwords where none is needed: for those who only look at a manifest.
//!
//! Nothing is asked and nothing is run, so that a manifest can be checked where its passwords are not.

use crate::base::seams::{ReadError, Secrets};

/// What every password seems to be: letters, which no format would have to quote.
const STANDIN: &str = "password";

/// Has a password of any kind, which is none.
#[derive(Clone, Copy, Debug)]
pub struct Standins;

impl Secrets for Standins {
    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn secret_env(&self, _: &str) -> Option<String> {
        Some(STANDIN.to_owned())
    }

    fn file(&self, _: &str) -> Result<String, ReadError> {
        Ok(STANDIN.to_owned())
    }

    fn command(&self, _: &[String], _: &str) -> Result<String, String> {
        Ok(STANDIN.to_owned())
    }

    fn generated(&self, _: &str, _: usize) -> Result<String, String> {
        Ok(STANDIN.to_owned())
    }
}
