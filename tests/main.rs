//! The integration tests: one binary, whose cases are mostly folders of files under `fixtures/`.
//!
//! `cargo test` runs everything; `BLESS=1 cargo test --test tests` rewrites the expected outputs of the sessions; a test
//! whose peer (Python, a pinned package) is missing is reported as ignored.

#![allow(unreachable_pub)]

mod balancers;
mod ci;
mod cluster;
mod crowd;
mod ctl;
mod docs;
mod harness;
mod idle;
mod layers;
mod limits;
mod lint;
mod listeners;
mod lsp;
mod originals;
mod pid1;
mod readme;
mod restart;
mod rpc;
mod rules;
mod schema;
mod secrets;
mod sessions;
mod shell;
mod shipped;
mod superlance;
mod web;
mod zdaemon;

use libtest_mimic::{Arguments, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let trials: Vec<Trial> = [
        layers::trials(),
        rules::trials(),
        sessions::trials(),
        docs::trials(),
        secrets::trials(),
        schema::trials(),
        readme::trials(),
        shell::trials(),
        originals::trials(),
        pid1::trials(),
        listeners::trials(),
        web::trials(),
        rpc::trials(),
        lsp::trials(),
        crowd::trials(),
        limits::trials(),
        idle::trials(),
        lint::trials(),
        restart::trials(),
        zdaemon::trials(),
        cluster::trials(),
        balancers::trials(),
        ctl::trials(),
        superlance::trials(),
        shipped::trials(),
        ci::trials(),
    ]
    .into_iter()
    .flatten()
    .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
