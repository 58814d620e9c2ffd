//! Pound: its file as it is edited (`fixtures/pound`), and real ones, by their file and by their control socket.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use recipe::conf::pound::{Client, Place, edit};

use super::haproxy::{broken_stays_out, good, is, serves_all};
use super::killed::{killed_at, killed_at_each_step};
use super::restarts::judge;
use super::stack::{CLIENTS, Front, Ports, Stack};
use super::{called, cases, golden, trial};
use crate::harness::load::Load;
use crate::harness::{Outcome, project, recipe, session};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = pound().is_some();
    let mut trials = vec![
        trial("pound_rolls_by_its_file", is_possible, by_file),
        trial("pound_rolls_by_its_socket", is_possible, by_socket),
        trial("pound_a_broken_client_stops_the_roll", is_possible, || broken_stays_out(&file_stack()?, true)),
        trial("pound_a_ctl_killed_at_any_step_is_made_up_for", is_possible, || {
            killed_at_each_step(&file_stack()?, true)
        }),
        trial("pound_a_ctl_killed_at_any_step_of_its_last_client_is_made_up_for", is_possible, || {
            killed_at(&file_stack()?, "start", "web3", true)
        }),
        trial("pound_a_repair_killed_at_any_step_is_made_up_for", is_possible, || {
            killed_at(&file_stack()?, "repair", "web2", true)
        }),
        trial("pound_a_ctl_killed_at_any_step_is_made_up_for_by_its_socket", is_possible, || {
            killed_at_each_step(&socket_stack()?, false)
        }),
        trial("pound_a_ctl_killed_while_it_is_stopped_is_made_up_for", is_possible, killed_without_pound),
        trial("pound_gives_a_new_client_its_block", is_possible, new_client),
        trial("pound_refuses_a_file_and_keeps_the_old_one", is_possible, refused),
    ];
    for folder in cases("pound") {
        let (name, case) = (called(&folder), folder.clone());
        trials.push(Trial::test(format!("balancers::pound_file_{name}"), move || golden(&case, "cfg", edited)));
        trials.push(trial(&format!("pound_takes_file_{name}"), is_possible, move || accepted(&folder)));
    }
    trials
}

/// The program that `scripts/pound.sh` has made.
fn pound() -> Option<PathBuf> {
    let path = project().join("target/pound/pound");
    path.exists().then_some(path)
}

fn edited(text: &str, words: &[&str]) -> Result<String, Failed> {
    let [place, name, address, port] = words[..] else { return Err("expected PLACE NAME ADDRESS PORT".into()) };
    let client = Client { name: name.to_owned(), address: address.to_owned(), port: port.parse()? };
    let place = if place == "in" { Place::In } else { Place::Out };
    Ok(edit(text, &[(&client, place)], "2026-01-02T03:04:05").map_err(|problem| problem.to_string())?)
}

/// A real Pound reads what the original's tool and ours wrote.
fn accepted(folder: &Path) -> Outcome {
    let pound = pound().ok_or("no pound")?;
    let output = Command::new(pound).args(["-c", "-f"]).arg(folder.join("after.cfg")).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(said.into()) }
}

fn front(ports: &Ports, control: &str, section: &str) -> Front {
    let backend = |(name, port): (&&str, u16)| {
        format!(
            "        BackEnd\n            # {name}\n            Address 127.0.0.1\n            Port    {port}\n        End\n"
        )
    };
    let backends: String = CLIENTS.iter().zip(ports.clients).map(backend).collect();
    let conf = format!(
        "Daemon 0\nLogLevel 0\n{control}ListenHTTP\n    Address 127.0.0.1\n    Port    {}\n    Service\n{backends}    End\nEnd\n",
        ports.front
    );
    let exe = pound().unwrap_or_default();
    Front {
        files: vec![("pound.cfg", conf)],
        // By TERM it would cut the requests under way.
        programs: vec![("pound", format!("{} -f pound.cfg -p pound.pid\nstopsignal = INT", exe.display()))],
        sections: format!(
            "[pound]\ntype = Pound\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:pound\nconf = pound.cfg\nexe = {}\n\
             time_to_sleep = 0\n{section}",
            ports.front,
            exe.display()
        ),
        frontends: "pound",
    }
}

fn is_well(status: i32, stack: &Stack, before: &[String], said: &str) -> Result<(), Failed> {
    let are_all = stack.pids()?.iter().zip(before).all(|(after, before)| after != before);
    if status == 0 && are_all && !stack.has_journal() { Ok(()) } else { Err(format!("{status}\n{said}").into()) }
}

fn file_stack() -> Result<Stack, Failed> {
    Stack::start(|_, ports| front(ports, "", ""))
}

fn by_file() -> Outcome {
    let stack = file_stack()?;
    let (before, conf) = (stack.pids()?, stack.read("pound.cfg"));
    // While Pound restarts, nobody may take a connection; it is good when it is tried again.
    let load = Load::on(stack.ports.front, true);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    judge(&stack, load, true)?;
    is_well(status, &stack, &before, &said)?;
    // What is left of it are the marks.
    let after = stack.read("pound.cfg");
    let unmarked: String = after.split_inclusive('\n').filter(|line| !line.trim().starts_with("### web")).collect();
    if unmarked != conf {
        return Err(session::difference(&conf, &after).into());
    }
    Ok(())
}

fn socket_stack() -> Result<Stack, Failed> {
    Stack::start(|folder, ports| {
        let socket = folder.join("pound.sock");
        front(ports, &format!("Control \"{}\"\n", socket.display()), "control_socket = pound.sock\n")
    })
}

/// A ctl that is killed when it has stopped Pound, and not started it yet.
fn killed_without_pound() -> Outcome {
    let stack = file_stack()?;
    let folder = stack.folder();
    let recipe = recipe();
    let pound = |word: &str| format!("{} supervisorctl -c supervisord.conf {word} pound", recipe.display());
    // It waits while the file `hold` is there, and says so by its pid.
    let hold = "if [ -e hold ]; then echo $$ > held.new; mv held.new held; exec sleep 1000; fi";
    let commands = format!("stop_command = {}\nstart_command = {hold}; {}\n", pound("stop"), pound("start"));
    let cluster = stack.read("cluster.ini").replace("control = supervisor:pound\n", &commands);
    fs::write(folder.join("cluster.ini"), cluster)?;
    fs::write(folder.join("hold"), "")?;
    stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: taken out of the balancer", |ctl| {
        stack.until("the start of Pound", || folder.join("held").exists())?;
        ctl.kill()?;
        // What ctl has started is not killed with it.
        Ok(Command::new("kill").args(["-9", stack.read("held").trim()]).status().map(drop)?)
    })?;
    fs::remove_file(folder.join("hold"))?;
    let is_away = std::net::TcpStream::connect(("127.0.0.1", stack.ports.front)).is_err();
    is("Pound is stopped, and who is out is written down", is_away && stack.has_journal(), "")?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini"])?;
    let is_told = said.contains("pound cant connect") && said.contains("web1 is out of the balancer");
    is("a check tells of both", status == 1 && is_told, &said)?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)
}

fn new_client() -> Outcome {
    let stack = Stack::start(|_, ports| {
        let mut front = front(ports, "", "");
        let new = format!(
            "        BackEnd\n            # web3\n            Address 127.0.0.1\n            Port    {}\n        End\n",
            ports.clients[2]
        );
        front.files[0].1 = front.files[0].1.replace(&new, "");
        front
    })?;
    is("it does not serve", serves_all(&stack, &CLIENTS[..2]), &stack.read("pound.cfg"))?;
    let load = Load::on(stack.ports.front, true);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini", "-s", "web3"])?;
    judge(&stack, load, true)?;
    is("exit status 0", status == 0, &said)?;
    is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)
}

fn by_socket() -> Outcome {
    let stack = socket_stack()?;
    let (before, conf) = (stack.pids()?, stack.read("pound.cfg"));
    let load = Load::on(stack.ports.front, false);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    good(&load.off())?;
    is_well(status, &stack, &before, &said)?;
    if stack.read("pound.cfg") == conf { Ok(()) } else { Err("its file has changed".into()) }
}

fn refused() -> Outcome {
    let stack = file_stack()?;
    let path = stack.folder().join("pound.cfg");
    let broken = stack.read("pound.cfg").replace("LogLevel 0", "LogLevle 0");
    fs::write(&path, &broken)?;
    let (before, load) = (stack.pids()?, Load::on(stack.ports.front, false));
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    good(&load.off())?;
    let is_kept = stack.read("pound.cfg") == broken && stack.pids()? == before;
    if status == 1 && is_kept && said.contains("-c -f pound.cfg` failed, exit status 1") {
        Ok(())
    } else {
        Err(said.into())
    }
}
