//! `help`, and the ways out.

use super::super::supervisorctl::{Controller, Done, Flow};
use super::COMMANDS;

/// Width of the screen that the index is made for.
const WIDTH: usize = 79;

#[expect(clippy::unnecessary_wraps, reason = "as all commands of the table")]
pub(super) fn help(controller: &mut Controller<'_>, topic: &str) -> Done {
    match topic {
        "" => index(controller),
        "help" => controller.line("help\t\tList the commands\nhelp <action>\tShow how a command is used"),
        topic => match super::find(topic).filter(|command| !command.help.is_empty()) {
            Some(command) => controller.line(command.help),
            None => controller.line(&format!("*** No help on {topic}")),
        },
    }
    Ok(Flow::Continue)
}

fn index(controller: &mut Controller<'_>) {
    let header = "default commands (type help <topic>):";
    let names: Vec<&str> = COMMANDS.iter().filter(|c| !c.help.is_empty()).map(|c| c.name).collect();
    controller.line(&format!("\n{header}\n{}", "=".repeat(header.len())));
    for row in columns(&names, WIDTH) {
        controller.line(&row);
    }
    controller.line("");
}

#[expect(clippy::unnecessary_wraps, reason = "as all commands of the table")]
pub(super) fn quit(controller: &mut Controller<'_>, _argument: &str) -> Done {
    controller.line("");
    Ok(Flow::Quit)
}

pub(super) fn end_of_input(controller: &mut Controller<'_>, argument: &str) -> Done {
    quit(controller, argument)
}

/// Lays names out downwards in as few rows as fit the width, two blanks between columns.
fn columns(names: &[&str], width: usize) -> Vec<String> {
    let rows = (1..names.len()).find(|rows| total_width(names, *rows) <= width).unwrap_or(names.len());
    (0..rows).map(|row| one_row(names, rows, row)).collect()
}

fn column_widths(names: &[&str], rows: usize) -> Vec<usize> {
    names.chunks(rows).map(|column| column.iter().map(|name| name.len()).max().unwrap_or(0)).collect()
}

fn total_width(names: &[&str], rows: usize) -> usize {
    column_widths(names, rows).iter().sum::<usize>() + 2 * (names.len().div_ceil(rows) - 1)
}

fn one_row(names: &[&str], rows: usize, row: usize) -> String {
    let cells = names.iter().skip(row).step_by(rows).zip(column_widths(names, rows));
    let padded: Vec<String> = cells.map(|(name, width)| format!("{name:width$}")).collect();
    padded.join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_run_downwards() {
        assert_eq!(columns(&["a", "bb", "c", "d", "e"], 9), ["a   c  e", "bb  d"]);
        assert_eq!(columns(&["a", "b"], 79), ["a  b"]);
    }
}
