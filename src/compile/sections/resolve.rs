//! The second half: from merged sections to the project.

use std::collections::HashSet;

use camino::Utf8PathBuf;

use crate::base::{Diagnostic, Diagnostics, FileId, Severity, Sources, Span};
use crate::compile::document::{Entry, Node, Scalar, Table};
use crate::compile::parts::{self, Computed, FOREIGN};
use crate::compile::project::{Part, Project, Unused};

use super::booleans;
use super::builtin::COMMAND_LINE;
use super::credentials;
use super::directories;
use super::history::History;
use super::lookup::{ENVIRONMENT, Miss};
use super::merge_cfg::{DEPENDENCIES, MACRO};
use super::merge_native::PARTS;
use super::problem::Problem;
use super::references::BUDGET;
use super::section::{Role, SectionState, Sections};
use super::template::{Grammar, may_refer};
use super::words;
use super::{Merged, World, inherit, misplaced, ports, project_keys};

/// The state of a resolution.
pub(super) struct Resolver<'a> {
    pub(super) is_cfg: bool,
    pub(super) sections: Sections,
    pub(super) grammar: Grammar,
    pub(super) directory: Utf8PathBuf,
    pub(super) world: &'a World<'a>,
    pub(super) sources: &'a Sources,
    pub(super) found: &'a mut Diagnostics,
    pub(super) history: Option<History>,
    /// The files that came from a URL.
    pub(super) fetched: Vec<FileId>,
    /// Numbers of the sections that are parts, in the order of their building.
    pub(super) parts: Vec<usize>,
    /// How many chains of references have been followed.
    pub(super) chains: usize,
    /// How many bytes references may still bring.
    pub(super) budget: usize,
    pub(super) is_spent: bool,
    /// References to options of other recipes, which these may set when they run.
    pub(super) deferred: Vec<(Span, Miss)>,
    /// What references lead to: numbers of sections and of their entries. In a native manifest of the project's own
    /// section alone.
    pub(super) referred: HashSet<(usize, u32)>,
    /// Which section of a native manifest refers to a port of which other one, and where.
    pub(super) uses: Vec<(usize, usize, Span)>,
    /// Variables of the environment that passwords are.
    pub(super) secret_variables: HashSet<String>,
}

pub(super) fn resolve(merged: Merged, world: &World<'_>, sources: &Sources, found: &mut Diagnostics) -> Project {
    let (mut resolver, origin) = prepare(merged, world, sources, found);
    let is_fragment = resolver.is_cfg && !resolver.lists_parts();
    if is_fragment {
        resolver.built_here(0..resolver.sections.list.len());
    } else if resolver.is_cfg {
        resolver.listed_parts();
    } else {
        resolver.all_parts(&origin.inherited);
        resolver.ensure_all();
        resolver.report_deferred(true);
    }
    if !is_fragment {
        resolver.report_ports();
    }
    Project { is_fragment, ..resolver.into_project(&origin) }
}

/// One section with its references resolved, and what it needs; none if there is no such section.
pub(super) fn section(
    merged: Merged,
    name: &str,
    world: &World<'_>,
    sources: &Sources,
    found: &mut Diagnostics,
) -> Option<Table> {
    let (mut resolver, _) = prepare(merged, world, sources, found);
    let number = resolver.sections.find(name)?;
    resolver.touch(number);
    resolver.ensure_all();
    resolver.report_deferred(true);
    let section = &mut resolver.sections.list[number];
    Some(std::mem::replace(&mut section.table, Table::new(section.span)))
}

/// Expands macros, and resolves the project's own section.
fn prepare<'a>(
    mut merged: Merged,
    world: &'a World<'a>,
    sources: &'a Sources,
    found: &'a mut Diagnostics,
) -> (Resolver<'a>, Origin) {
    let own = merged.own();
    let inherited = if merged.is_cfg { Vec::new() } else { inherit::used(&merged.sections) };
    merged.make_directories_absolute();
    merged.expand(found);
    let (manifest, directory) = (merged.manifest.clone(), merged.directory.clone());
    let mut resolver = marked(merged, world, sources, found);
    resolver.warn_of_literals();
    resolver.project_section(own);
    (resolver, Origin { manifest, directory, own, inherited })
}

/// Marks, in what has been merged and expanded, all values that passwords are taken from.
pub(super) fn mark_sources(merged: &mut Merged, world: &World<'_>, sources: &Sources) {
    let mut found = Diagnostics::new();
    let Resolver { sections, history, .. } = marked(merged.clone(), world, sources, &mut found);
    merged.history = history;
    for section in sections.list {
        let sections = if section.role == Role::Part { merged.sections.get_mut(PARTS) } else { None };
        let sections = match sections {
            Some(Node::Table(parts)) => parts,
            _ => &mut merged.sections,
        };
        if let Some(node) = sections.get_mut(&section.name) {
            *node = Node::Table(section.table);
        }
    }
}

/// The sections before any is looked at, with all marked that passwords are taken from.
fn marked<'a>(merged: Merged, world: &'a World<'a>, sources: &'a Sources, found: &'a mut Diagnostics) -> Resolver<'a> {
    let Merged { is_cfg, directory, sections, history, fetched, .. } = merged;
    let grammar = if is_cfg { Grammar::Cfg(reads_native_references(&sections, found)) } else { Grammar::Native };
    let sections = if is_cfg { cfg_sections(sections) } else { native_sections(sections, found) };
    let mut resolver = Resolver {
        is_cfg,
        sections,
        grammar,
        directory,
        world,
        sources,
        found,
        history,
        fetched,
        parts: Vec::new(),
        chains: 0,
        budget: BUDGET,
        is_spent: false,
        deferred: Vec::new(),
        referred: HashSet::new(),
        uses: Vec::new(),
        secret_variables: HashSet::new(),
    };
    resolver.mark_sources();
    resolver
}

/// What a project has besides its sections.
struct Origin {
    manifest: String,
    directory: Utf8PathBuf,
    /// The name of the project's own section.
    own: &'static str,
    /// Sections that others inherit from.
    inherited: Vec<Box<str>>,
}

/// `[buildout] recipe-references`: whether `$<section:key>` is a reference.
fn reads_native_references(sections: &Table, found: &mut Diagnostics) -> bool {
    let Some(buildout) = sections.get("buildout").and_then(Node::as_table) else { return true };
    booleans::check_written(buildout, found);
    buildout.scalar("recipe-references").is_none_or(|s| &*s.text != "false")
}

fn cfg_sections(all: Table) -> Sections {
    let mut sections = Sections::default();
    for Entry { key, node, .. } in all.into_entries() {
        let Node::Table(table) = node else { continue };
        let role = if &*key.text == "buildout" { Role::Project } else { Role::Data };
        // Names are unique: the table they come from has each once.
        let _ = sections.add(key.text, table.span, role, table);
    }
    sections
}

fn native_sections(mut all: Table, found: &mut Diagnostics) -> Sections {
    let parts = match all.remove(PARTS).map(|e| e.node) {
        Some(Node::Table(parts)) => parts.into_entries(),
        _ => Vec::new(),
    };
    let project = all.remove("project").into_iter().map(|entry| (Role::Project, entry));
    let parts = parts.into_iter().map(|entry| (Role::Part, entry));
    let data = all.into_entries().into_iter().map(|entry| (Role::Data, entry));
    let mut sections = Sections::default();
    for (role, Entry { key, node, .. }) in project.chain(parts).chain(data) {
        let Node::Table(table) = node else { continue };
        report_shape(&key.text, key.span, role, &table, found);
        let is_free = &*key.text != "project" || role == Role::Project;
        if let Err(first) = sections.add(key.text.clone(), table.span, role, table)
            && is_free
        {
            let first = sections.list[first].span;
            found.push(Problem::NameTwice { span: key.span, name: key.text.into(), first });
        }
    }
    sections
}

fn report_shape(name: &str, span: Span, role: Role, table: &Table, found: &mut Diagnostics) {
    let name = || name.to_owned();
    match role {
        _ if name() == ENVIRONMENT => found.push(Problem::NameTaken { span, name: name() }),
        Role::Part if name() == "project" => found.push(Problem::NameTaken { span, name: name() }),
        Role::Part if table.get(inherit::INHERIT).is_some() => {}
        Role::Part if table.get("recipe").is_none() => found.push(Problem::NoRecipe { span, name: name() }),
        Role::Data if table.get("recipe").is_some() => found.push(Problem::RecipeInData { span, name: name() }),
        _ => {}
    }
}

impl Resolver<'_> {
    /// Resolves the project's own section first, as its folders are what all others refer to.
    fn project_section(&mut self, own: &str) {
        let Some(number) = self.sections.find(own) else { return };
        self.touch(number);
        self.ensure_all();
        let directory = self.directory.clone();
        let table = &mut self.sections.list[number].table;
        directories::make_absolute(table, self.is_cfg, &directory, directories::when_resolved);
        if !self.is_cfg {
            return;
        }
        booleans::check_resolved(table, self.found);
        directories::join_installed(table);
        let versions = table.scalar("versions").map(|s| (s.text.to_string(), s.span)).filter(|(v, _)| !v.is_empty());
        if let Some(versions) = versions.and_then(|(name, span)| self.named(&name, span)) {
            self.touch(versions);
            self.ensure_all();
        }
        directories::join_eggs_version(&mut self.sections.list[number].table);
    }

    fn touched(&self) -> Vec<bool> {
        self.sections.list.iter().map(|s| s.state == SectionState::Touched).collect()
    }

    /// Whether `[buildout]` says which parts there are. A `.cfg` without that is a fragment, for others to extend.
    fn lists_parts(&self) -> bool {
        let buildout = self.sections.find("buildout").map(|number| &self.sections.list[number].table);
        buildout.is_some_and(|table| table.scalar("parts").is_some())
    }

    /// `[buildout] parts`: those that are built here, and what they lead to; then the others, whose faults are none of
    /// ours and only told.
    fn listed_parts(&mut self) {
        let buildout = self.sections.find("buildout").map(|number| &self.sections.list[number].table);
        let Some(scalar) = buildout.and_then(|table| table.scalar("parts")).cloned() else { return };
        let mut listed = Vec::new();
        for word in words::of(&scalar, self.sources) {
            let Some(number) = self.part_named(&word.text, word.span) else { continue };
            listed.push((number, word));
        }
        self.built_here(listed.iter().map(|(number, _)| *number));
        let ours = std::mem::take(self.found);
        for (number, word) in listed {
            self.touch(number);
            let section = &self.sections.list[number];
            if section.table.get("recipe").is_none() && section.table.get(MACRO).is_none() {
                let (name, section) = (word.text, section.span);
                self.found.push(Problem::PartWithoutRecipe { span: word.span, name, section });
            }
        }
        self.ensure_all();
        self.report_deferred(false);
        let theirs = std::mem::replace(self.found, ours);
        self.found.extend(theirs.into_iter().map(of_others));
    }

    /// Touches those of the sections that are parts of a kind of ours, and reports what is wrong with all that they lead
    /// to.
    fn built_here(&mut self, numbers: impl Iterator<Item = usize>) {
        for number in numbers {
            if self.is_built_here(number) {
                self.touch(number);
            }
        }
        self.ensure_all();
        self.report_deferred(true);
    }

    /// A recipe that refers to something is looked up first.
    fn is_built_here(&mut self, number: usize) -> bool {
        let section = &self.sections.list[number];
        let Some(recipe) = section.text("recipe").filter(|_| section.role == Role::Data) else { return false };
        if may_refer(recipe) {
            self.touch(number);
            self.ensure_key(number, "recipe");
        }
        let section = &self.sections.list[number];
        let recipe = section.table.scalar("recipe").map(|s| (&*s.text, s.span));
        recipe.is_some_and(|(text, span)| parts::find(text, true, span).is_ok_and(|kind| kind.name != FOREIGN.name))
    }

    fn part_named(&mut self, name: &str, span: Span) -> Option<usize> {
        let number = self.sections.find(name);
        if number.is_none() {
            let nearest = self.found.nearest(name, self.sections.names());
            self.found.push(Problem::NoSuchPart { span, name: name.to_owned(), nearest });
        }
        number
    }

    /// Every `[parts.NAME]`, and the data, whose references are checked whether anyone uses it or not. Data that others
    /// inherit is a pattern: "this section" means theirs, so that its references may mean nothing in itself.
    fn all_parts(&mut self, inherited: &[Box<str>]) {
        let patterns: HashSet<&str> = inherited.iter().map(|name| &**name).collect();
        for number in 0..self.sections.list.len() {
            let section = &self.sections.list[number];
            if section.role != Role::Data || !patterns.contains(&*section.name) {
                self.touch(number);
            }
        }
    }

    fn ensure_all(&mut self) {
        for number in 0..self.sections.list.len() {
            if self.sections.list[number].state == SectionState::Touched {
                self.ensure_section(number);
            }
        }
    }

    fn report_ports(&mut self) {
        let parts = self.parts.iter().map(|at| &self.sections.list[*at]);
        let listeners = parts.clone().map(|s| ports::Listener { name: &s.name, table: &s.table, kind: s.kind });
        ports::check(listeners, &self.sections, self.grammar, self.sources, self.found);
        if !self.is_cfg {
            parts.for_each(|s| credentials::check_keys(&s.name, &s.table, self.found));
        }
    }

    /// Reports references to what other recipes would have to set: errors where a part that is built here leads to them.
    fn report_deferred(&mut self, is_needed: bool) {
        for (span, miss) in std::mem::take(&mut self.deferred) {
            self.found.push(Problem::Foreign { span, miss, is_needed });
        }
    }

    fn into_project(mut self, origin: &Origin) -> Project {
        let (unused, unused_values) = (self.unused(origin), self.unused_values(origin));
        let project = self.sections.find(origin.own).map(|number| &self.sections.list[number].table);
        let home = directories::folder(project, "directory", &origin.directory, "");
        let folder = |key, fallback| directories::folder(project, key, &home, fallback);
        let (bin_directory, parts_directory) = (folder("bin-directory", "bin"), folder("parts-directory", "parts"));
        let templates_directory = folder("templates-directory", "recipe-templates");
        let name = project.and_then(|p| p.scalar("name")).filter(|_| !self.is_cfg).map(|s| s.text.to_string());
        let name = name.unwrap_or_else(|| home.file_name().unwrap_or("project").to_owned());
        let collected = self.collected();
        let parts = std::mem::take(&mut self.parts).into_iter().filter_map(|at| self.part(at)).collect();
        Project {
            name,
            manifest: origin.manifest.clone(),
            is_cfg: self.is_cfg,
            directory: home,
            bin_directory,
            parts_directory,
            templates_directory,
            parts,
            collected,
            unused,
            unused_values,
            fetched: self.fetched,
            history: self.history,
            is_fragment: false,
        }
    }

    fn part(&mut self, at: usize) -> Option<Part> {
        let referred = if self.is_cfg { self.referred_options(at) } else { Vec::new() };
        let used = self.uses.iter().filter(|(user, ..)| *user == at);
        let uses = used.map(|(_, used, span)| (self.sections.list[*used].name.to_string(), *span)).collect();
        let section = &mut self.sections.list[at];
        let mut table = std::mem::replace(&mut section.table, Table::new(section.span));
        for key in [DEPENDENCIES, MACRO] {
            table.remove(key);
        }
        let recipe = table.scalar("recipe").map(|s: &Scalar| s.text.to_string()).unwrap_or_default();
        Some(Part {
            name: section.name.to_string(),
            span: section.span,
            kind: section.kind?,
            recipe,
            table,
            referred,
            uses,
        })
    }

    /// The options of a section that references lead to.
    fn referred_options(&self, section: usize) -> Vec<Box<str>> {
        let entries = (0_u32..).zip(self.sections.list[section].table.entries());
        let referred = entries.filter(|(at, _)| self.referred.contains(&(section, *at)));
        referred.map(|(_, entry)| entry.key.text.clone()).collect()
    }

    /// The sections that any part's kind collects.
    fn collected(&mut self) -> Vec<(String, Table)> {
        let kinds = self.parts.iter().filter_map(|at| self.sections.list[*at].kind?.computed);
        let wants: Vec<fn(&str) -> bool> = kinds
            .filter_map(|computed| match computed {
                Computed::Options { collects, .. } => Some(collects),
                Computed::Sections { .. } => None,
            })
            .collect();
        let mut is_part = vec![false; self.sections.list.len()];
        self.parts.iter().for_each(|at| is_part[*at] = true);
        let wanted = self.sections.list.iter_mut().zip(is_part);
        let wanted = wanted.filter(|(s, is_part)| !is_part && wants.iter().any(|wants| wants(&s.name)));
        wanted.map(|(s, _)| (s.name.to_string(), std::mem::replace(&mut s.table, Table::new(s.span)))).collect()
    }

    fn unused(&mut self, origin: &Origin) -> Vec<Unused> {
        let used = if self.is_cfg { self.touched() } else { self.referred(origin) };
        let sections = self.sections.list.iter().zip(used).filter(|(s, used)| !used && s.role != Role::Project);
        let (mut unused, mut misplaced) = (Vec::new(), Vec::new());
        for (section, _) in sections {
            let recipe = section.text("recipe").map(str::to_owned);
            if !self.is_cfg && misplaced::is_of_supervisor(&section.name) {
                misplaced.push(misplaced::problem(section));
            } else if self.is_cfg || recipe.is_none() {
                unused.push(Unused { name: section.name.to_string(), span: section.span, recipe });
            }
        }
        self.found.extend(misplaced.into_iter().map(Into::into));
        unused
    }

    /// What stands in `[project]` in vain. A section that inherits from it may use all of it.
    fn unused_values(&mut self, origin: &Origin) -> Vec<Unused> {
        let is_inherited = origin.inherited.iter().any(|name| **name == *origin.own);
        match self.sections.find(origin.own).filter(|_| !self.is_cfg && !is_inherited) {
            Some(number) => {
                let is_referred = |at| self.referred.contains(&(number, at));
                let unused = project_keys::check(&self.sections.list[number].table, is_referred, self.found);
                let (said, unused): (Vec<_>, Vec<_>) =
                    unused.into_iter().partition(|u| self.is_of_command_line(u.span));
                for Unused { span, .. } in said {
                    let key = self.sources.slice(span).to_owned();
                    let meant = self.meant(&key);
                    self.found.push(Problem::OverrideInVain { span, key, meant });
                }
                unused
            }
            None => Vec::new(),
        }
    }

    fn is_of_command_line(&self, span: Span) -> bool {
        self.sources.name(span.file) == COMMAND_LINE
    }

    /// What `key`, which was set without a section, may be meant for: `part.key`, or the key of some part.
    fn meant(&self, key: &str) -> Option<String> {
        let parts = || self.sections.list.iter().filter(|section| section.role == Role::Part);
        if let Some((part, key)) = key.split_once('.').filter(|(name, _)| parts().any(|part| *part.name == **name)) {
            return Some(format!("{part}:{key}"));
        }
        let keys = || parts().flat_map(|part| part.table.keys());
        let near = || self.found.nearest(key, keys()).map(|meant| meant.to_string());
        let known = keys().find(|known| *known == key).map(str::to_owned).or_else(near)?;
        let part = parts().find(|part| part.table.get(&known).is_some())?;
        Some(format!("{}:{known}", part.name))
    }

    /// For a native manifest: parts, and the data that something refers to or inherits from.
    fn referred(&self, origin: &Origin) -> Vec<bool> {
        let mut used: Vec<bool> = self.sections.list.iter().map(|s| s.role == Role::Part || s.is_referred).collect();
        for name in &origin.inherited {
            if let Some(number) = self.sections.find(name) {
                used[number] = true;
            }
        }
        used
    }
}

/// A reference to nothing, in a part that is not built here, does not keep ours from being built.
fn of_others(finding: Diagnostic) -> Diagnostic {
    let is_theirs = matches!(finding.code, "no-such-section" | "no-such-key" | "bad-reference");
    if is_theirs { Diagnostic { severity: Severity::Warning, ..finding } } else { finding }
}
