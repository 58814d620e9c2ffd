//! The web page: what it shows and what its links do. `http` gives it forms and sends what it answers.
//!
//! Pages are made from `templates/web/` by Tera, anew each time: that costs a tenth of a millisecond, and a daemon whose
//! page nobody looks at keeps nothing for it in memory. All values are escaped by Tera; names in links are quoted before.
//!
//! Deliberately absent: HTTP, and any say about processes: links call the methods of [`super::rpc`].

mod action;
pub(super) mod assets;
mod form;
mod status;
mod tail;

use std::rc::Rc;

use serde::Serialize;
use tera::{Context, Tera};

use super::control::Control;
use super::rpc::Rpc;

pub(super) use form::Form;

/// What all pages have in common.
const PAGE: &str = include_str!("../../../templates/web/page.html");

/// A page's address below the server's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// The table of processes.
    Status,
    /// The end of a log.
    Tail,
    /// What probes ask for.
    Ok,
}

impl View {
    /// The page of a path.
    pub(super) fn of(path: &str) -> Option<Self> {
        match path.trim_start_matches('/') {
            "" | "index.html" => Some(Self::Status),
            "tail.html" => Some(Self::Tail),
            "ok.html" => Some(Self::Ok),
            _ => None,
        }
    }
}

/// What a page comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Page {
    /// HTML.
    Html(String),
    /// Bare text.
    Text(&'static str),
    /// Something was done: the table is to be shown, with this message.
    Done(String),
    /// Nothing can be made of the form.
    Nonsense(String),
}

/// The page of a running daemon.
pub(super) struct Web {
    control: Rc<dyn Control>,
    rpc: Rpc,
}

impl Web {
    /// The page; its methods are there even where `[rpcinterface:supervisor]` is not.
    pub(super) fn new(control: Rc<dyn Control>) -> Self {
        Self { rpc: Rpc::bundled(control.clone()), control }
    }

    /// Answers, once what the form asks for is done.
    pub(super) async fn answer(&self, view: View, form: &Form) -> Page {
        let made = match view {
            View::Ok => return Page::Text("OK"),
            View::Tail => self.tail(form).await,
            View::Status => match form.action() {
                Some(action) => return self.act(action, form.get("processname")).await,
                None => self.status(form.get("message")),
            },
        };
        made.map_or_else(Page::Nonsense, Page::Html)
    }
}

/// What `template` makes of `context`.
fn render(name: &'static str, template: &'static str, context: &impl Serialize) -> Result<String, String> {
    let made = || {
        let mut tera = Tera::new();
        tera.add_raw_templates([("web/page.html", PAGE), (name, template)])?;
        tera.render(name, &Context::from_serialize(context)?)
    };
    made().map_err(|error| error.to_string())
}
