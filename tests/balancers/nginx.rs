//! nginx, which tries nothing again either.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use recipe::conf::upstream::set;

use super::haproxy::{broken_stays_out, good, is, serves_all};
use super::killed::killed_at_each_step;
use super::stack::{CLIENTS, Front, Ports, Stack};
use super::{called, cases, golden, program, trial};
use crate::harness::load::Load;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, session};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("nginx").is_some();
    let mut trials = vec![
        trial("nginx_rolls_and_no_request_fails", is_possible, rolls),
        trial("nginx_a_ctl_killed_at_any_step_is_made_up_for", is_possible, || {
            killed_at_each_step(&Stack::start(front)?, false)
        }),
        trial("nginx_a_broken_client_stops_the_roll_and_a_mail_says_why", is_possible, || {
            broken_stays_out(&Stack::start(front)?, false)
        }),
        trial("nginx_a_client_is_known_by_localhost_as_well", is_possible, localhost),
        trial("nginx_that_was_never_told_has_nobody_out_by_a_check", is_possible, untold),
    ];
    for folder in cases("nginx") {
        let (name, case) = (called(&folder), folder.clone());
        trials.push(Trial::test(format!("balancers::nginx_file_{name}"), move || golden(&case, "conf", edited)));
        trials.push(trial(&format!("nginx_takes_file_{name}"), is_possible, move || accepted(&folder)));
    }
    trials
}

fn edited(text: &str, words: &[&str]) -> Result<String, Failed> {
    let [place, host, port] = words[..] else { return Err("expected PLACE HOST PORT".into()) };
    Ok(set(text, "web", host, port.parse()?, place == "down").map_err(|problem| problem.to_string())?)
}

/// A real nginx reads what ours wrote.
fn accepted(folder: &Path) -> Outcome {
    let scratch = Scratch::new();
    let conf = scratch.path().join("nginx.conf");
    let (own, at) = (folder.join("after.conf"), scratch.path());
    let text = format!(
        "pid {at}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{ access_log off; include {own}; }}\n",
        at = at.display(),
        own = own.display()
    );
    fs::write(&conf, text)?;
    let output = Command::new("nginx").arg("-t").arg("-c").arg(&conf).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said.into()) }
}

fn front(folder: &Path, ports: &Ports) -> Front {
    let server = |port: u16| format!("    server 127.0.0.1:{port} max_fails=0; # a client\n");
    let servers: String = ports.clients.into_iter().map(server).collect();
    let folder = folder.display();
    let conf = format!(
        "pid {folder}/nginx.pid;\nerror_log {folder}/nginx.log;\nworker_processes 2;\ndaemon off;\nevents {{}}\n\
         http {{\n  access_log off;\n  client_body_temp_path {folder}/t1;\n  proxy_temp_path {folder}/t2;\n  \
         fastcgi_temp_path {folder}/t3;\n  uwsgi_temp_path {folder}/t4;\n  scgi_temp_path {folder}/t5;\n  \
         include {folder}/upstream.conf;\n  \
         server {{ listen 127.0.0.1:{}; location / {{ proxy_pass http://web; proxy_next_upstream off; }} }}\n}}\n",
        ports.front
    );
    let nginx = format!("nginx -c {folder}/nginx.conf");
    Front {
        files: vec![("nginx.conf", conf), ("upstream.conf", format!("upstream web {{\n{servers}}}\n"))],
        programs: vec![("nginx", nginx.clone())],
        sections: format!(
            "[nginx]\ntype = Nginx\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:nginx\nconf = upstream.conf\n\
             upstream = web\npid_file = nginx.pid\ncheck = {nginx} -t\nreload = {nginx} -s reload\n",
            ports.front
        ),
        frontends: "nginx",
    }
}

fn rolls() -> Outcome {
    let stack = Stack::start(front)?;
    let (before, conf) = (stack.pids()?, stack.read("upstream.conf"));
    let load = Load::on(stack.ports.front, false);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    good(&load.off())?;
    let are_all = stack.pids()?.iter().zip(&before).all(|(after, before)| after != before);
    if status != 0 || !are_all || stack.has_journal() || CLIENTS.iter().any(|name| !said.contains(*name)) {
        return Err(format!("{status}\n{said}").into());
    }
    let after = stack.read("upstream.conf");
    if after == conf { Ok(()) } else { Err(session::difference(&conf, &after).into()) }
}

/// An upstream that says `localhost` where cluster.ini says `127.0.0.1`.
fn localhost() -> Outcome {
    let stack = Stack::start(|folder, ports| {
        let mut front = front(folder, ports);
        front.files[1].1 = front.files[1].1.replace("server 127.0.0.1:", "server localhost:");
        front
    })?;
    let (before, conf) = (stack.pids()?, stack.read("upstream.conf"));
    let load = Load::on(stack.ports.front, false);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    good(&load.off())?;
    let are_all = stack.pids()?.iter().zip(&before).all(|(after, before)| after != before);
    is("all are restarted", status == 0 && are_all && !stack.has_journal(), &said)?;
    is("the file is as it was", stack.read("upstream.conf") == conf, &said)?;
    is("all serve", serves_all(&stack, &CLIENTS), &said)
}

/// A configuration that nginx does not take: it goes on as before, and so a check says.
fn untold() -> Outcome {
    let stack = Stack::start(front)?;
    let conf = stack.read("nginx.conf");
    fs::write(stack.folder().join("nginx.conf"), format!("{conf}rubbish;\n"))?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    is("the roll ends", status == 1 && said.contains("the rolling start stops at web1"), &said)?;
    is("all serve", serves_all(&stack, &CLIENTS), &said)?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini"])?;
    is("it is in", status == 1 && said.contains("web1 is in the balancer, though a run that was cut off"), &said)?;
    is("nobody is out", !said.contains("out of the balancer"), &said)?;
    fs::write(stack.folder().join("nginx.conf"), conf)?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    let (status, checked) = stack.ctl(&["-a", "check", "-c", "cluster.ini"])?;
    is("a repair mends it", status == 0 && !stack.has_journal(), &format!("{said}{checked}"))
}
