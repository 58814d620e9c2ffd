//! nginx, which tries nothing again either.

use libtest_mimic::Trial;

use super::haproxy::{broken_stays_out, good, killed_at_each_step};
use super::stack::{CLIENTS, Front, Ports, Stack};
use super::{program, trial};
use crate::harness::load::Load;
use crate::harness::{Outcome, session};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("nginx").is_some();
    vec![
        trial("nginx_rolls_and_no_request_fails", is_possible, rolls),
        trial("nginx_a_ctl_killed_at_any_step_is_made_up_for", is_possible, || {
            killed_at_each_step(&Stack::start(front)?, false)
        }),
        trial("nginx_a_broken_client_stops_the_roll_and_a_mail_says_why", is_possible, || {
            broken_stays_out(&Stack::start(front)?, false)
        }),
    ]
}

fn front(folder: &std::path::Path, ports: &Ports) -> Front {
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
