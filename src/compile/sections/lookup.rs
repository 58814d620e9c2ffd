//! What a reference means: a value of another section, a variable of the environment, or nothing.

use crate::base::secret;
use crate::base::suggest::Meant;
use crate::compile::document::{Node, Table};

use super::resolve::Resolver;
use super::section::{SlotId, SlotState};

/// The section whose keys are variables of the environment.
pub(super) const ENVIRONMENT: &str = "env";
/// What buildout calls the section that holds a reference.
const OWN_NAME: &str = "_buildout_section_name_";

/// What a reference means.
#[derive(Debug)]
pub(super) enum Target {
    /// The value at a path of a section.
    Node(usize, Vec<u32>),
    /// A text that stands nowhere.
    Text(String),
}

/// Why it means nothing yet, or at all.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Miss {
    /// This one has to be worked out first.
    Wait(SlotId),
    /// This one could not be worked out.
    Failed,
    /// There is no such section.
    Section { name: String, nearest: Option<Meant> },
    /// There is no such key.
    Key { section: String, key: String, nearest: Option<Meant>, foreign: Option<String> },
    /// There is no such variable.
    Variable { name: String },
    /// The variable holds what no text may hold.
    Unreadable { name: String },
}

impl Resolver<'_> {
    /// Follows a reference of section `from`.
    pub(super) fn lookup(&self, from: usize, section: &str, key: &str, is_native: bool) -> Result<Target, Miss> {
        if is_native && section == ENVIRONMENT {
            return self.variable(key);
        }
        let number = self.section_of(from, section).ok_or_else(|| self.no_section(section))?;
        if self.is_cfg {
            return self.option(from, number, key);
        }
        let path = self.path(number, key)?;
        match self.waiting(number, &path) {
            Some(miss) => Err(miss),
            None => Ok(Target::Node(number, path)),
        }
    }

    /// The number of the section that a reference of section `from` names.
    pub(super) fn section_of(&self, from: usize, section: &str) -> Option<usize> {
        if section.is_empty() { Some(from) } else { self.sections.find(section) }
    }

    /// A part goes by its name alone, and not by that of its table.
    fn no_section(&self, name: &str) -> Miss {
        let part = name.strip_prefix("parts.").filter(|name| !self.is_cfg && self.sections.find(name).is_some());
        let nearest = match part {
            Some(part) => Some(Meant::surely(part)),
            None => self.found.nearest(name, self.sections.names()),
        };
        Miss::Section { name: name.to_owned(), nearest }
    }

    fn variable(&self, name: &str) -> Result<Target, Miss> {
        let is_secret = self.secret_variables.contains(name);
        let secrets = self.world.secrets;
        match if is_secret { secrets.secret_env(name) } else { secrets.env(name) } {
            Some(value) if secret::holds_reserved(&value) => Err(Miss::Unreadable { name: name.to_owned() }),
            Some(value) if is_secret => Ok(Target::Text(secret::mark(&value))),
            Some(value) => Ok(Target::Text(value)),
            None => Err(Miss::Variable { name: name.to_owned() }),
        }
    }

    fn option(&self, from: usize, number: usize, key: &str) -> Result<Target, Miss> {
        match self.sections.list[number].table.position(key) {
            Some(at) => {
                let path = vec![u32::try_from(at).unwrap_or(u32::MAX)];
                self.waiting(number, &path).map_or(Ok(Target::Node(number, path)), Err)
            }
            None if key == OWN_NAME => Ok(Target::Text(self.sections.list[from].name.to_string())),
            None => Err(self.no_key(number, key, &self.sections.list[number].table, key)),
        }
    }

    /// The first slot at or below a path that is not worked out.
    fn waiting(&self, section: usize, path: &[u32]) -> Option<Miss> {
        let slots = &self.sections.list[section].slots;
        let unready = |slot: usize| match slots[slot].state {
            SlotState::Waiting | SlotState::Open => Some(Miss::Wait(SlotId { section, slot })),
            SlotState::Failed => Some(Miss::Failed),
            SlotState::Done => None,
        };
        self.sections.list[section].slots_at(path).find_map(unready)
    }

    /// The path of a key in a section: at each level an exact key wins over a dotted path.
    pub(super) fn path(&self, number: usize, key: &str) -> Result<Vec<u32>, Miss> {
        let mut path = Vec::new();
        match self.descend(number, &self.sections.list[number].table, key, &mut path) {
            Ok(()) => Ok(path),
            Err(miss) => Err(miss),
        }
    }

    fn descend(&self, number: usize, table: &Table, key: &str, path: &mut Vec<u32>) -> Result<(), Miss> {
        if let Some(at) = table.position(key) {
            path.push(u32::try_from(at).unwrap_or(u32::MAX));
            return Ok(());
        }
        let mut miss = None;
        for (dot, _) in key.match_indices('.') {
            let Some(at) = table.position(&key[..dot]) else { continue };
            path.push(u32::try_from(at).unwrap_or(u32::MAX));
            let found = self.step(number, table.node_at(at), &key[dot + 1..], path);
            match found {
                Ok(()) => return Ok(()),
                Err(why @ (Miss::Wait(_) | Miss::Failed)) => return Err(why),
                Err(why) => miss = miss.or(Some(why)),
            }
            path.pop();
        }
        Err(miss.unwrap_or_else(|| self.no_key(number, key, table, key)))
    }

    fn step(&self, number: usize, node: Option<&Node>, rest: &str, path: &mut Vec<u32>) -> Result<(), Miss> {
        let section = &self.sections.list[number];
        let is_password = |at: &usize| section.slots[*at].is_password && *section.slots[*at].path == **path;
        if section.slots_at(path).next().as_ref().is_some_and(is_password)
            && let Some(miss) = self.waiting(number, path)
        {
            return Err(miss);
        }
        match node {
            Some(Node::Table(inner)) => self.descend(number, inner, rest, path),
            // A reference that may become a table.
            Some(Node::Scalar(_)) => match self.waiting(number, path) {
                Some(miss) => Err(miss),
                None => Err(self.no_key(number, rest, &Table::new(self.sections.list[number].span), rest)),
            },
            _ => Err(self.no_key(number, rest, &Table::new(self.sections.list[number].span), rest)),
        }
    }

    fn no_key(&self, number: usize, key: &str, table: &Table, wanted: &str) -> Miss {
        let section = &self.sections.list[number];
        let nearest = self.found.nearest(wanted, table.keys());
        let nearest = nearest.or_else(|| self.nearest_path(wanted, table));
        let foreign = section.kind.is_some_and(|k| k.name == crate::compile::parts::FOREIGN.name);
        let foreign = section.text("recipe").filter(|_| foreign).map(str::to_owned);
        Miss::Key { section: section.name.to_string(), key: key.to_owned(), nearest, foreign }
    }

    /// The dotted path with its first name replaced by the nearest one.
    fn nearest_path(&self, wanted: &str, table: &Table) -> Option<Meant> {
        let (first, rest) = wanted.split_once('.')?;
        Some(self.found.nearest(first, table.keys())?.then(&format!(".{rest}")))
    }
}
