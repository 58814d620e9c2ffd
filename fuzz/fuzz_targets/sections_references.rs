//! Whatever a manifest refers to, it is resolved or refused.
#![no_main]

use recipe::base::seams::{Fetch, FetchError, Files, ReadError, Secrets};
use recipe::base::{Diagnostics, Sources};
use recipe::compile::read::condition::Conditions;
use recipe::compile::sections::{Request, World, load};

/// A world of one file.
struct Only<'a>(&'a str);

impl Files for Only<'_> {
    fn read(&self, _: &str) -> Result<String, ReadError> {
        Ok(self.0.to_owned())
    }
    fn exists(&self, _: &str) -> bool {
        true
    }
}

impl Fetch for Only<'_> {
    fn fetch(&self, _: &str, _: bool) -> Result<String, FetchError> {
        Ok(self.0.to_owned())
    }
}

impl Secrets for Only<'_> {
    fn env(&self, _: &str) -> Option<String> {
        Some(self.0.to_owned())
    }
    fn file(&self, _: &str) -> Result<String, ReadError> {
        Ok(self.0.to_owned())
    }
    fn command(&self, _: &[String], _: &str) -> Result<String, String> {
        Ok(self.0.to_owned())
    }
    fn generated(&self, _: &str, length: usize) -> Result<String, String> {
        Ok("x".repeat(length))
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let (only, conditions) = (Only(text), Conditions::default());
    let world = World { files: &only, fetch: &only, secrets: &only, allow_fetched_commands: false, python: &|| None };
    for manifest in ["buildout.cfg", "recipe.toml", "recipe.yaml"] {
        let request = Request {
            manifest,
            working_directory: "/project",
            directory: None,
            overrides: &[],
            user_defaults: None,
            conditions: &conditions,
            python: None,
            offline: false,
            history: true,
        };
        load(&request, &world, &mut Sources::new(), &mut Diagnostics::new());
    }
});
