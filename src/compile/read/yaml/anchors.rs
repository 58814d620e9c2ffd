//! Anchors and what aliases may expand to. Each alias is a copy, so their sum is bounded: a text of a few lines could
//! stand for billions of nodes.

use std::collections::HashMap;

use crate::base::Span;
use crate::compile::document::Node;
use crate::compile::read::DEPTH;
use crate::compile::read::problem::Problem;

/// How much all aliases of a file may expand to. A node weighs one, and one more for each [`BYTES`] of its text.
const BUDGET: usize = 200_000;
const BYTES: usize = 64;

struct Anchor {
    node: Node,
    weight: usize,
    depth: usize,
}

/// The finished nodes that have an anchor, by the parser's number for it.
#[derive(Default)]
pub(super) struct Anchors {
    nodes: HashMap<usize, Anchor>,
    spent: usize,
    is_exhausted: bool,
}

impl Anchors {
    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Keeps a node for later aliases; 0 is no anchor.
    pub(super) fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            let (weight, depth) = measure(node);
            self.nodes.insert(anchor, Anchor { node: node.clone(), weight, depth });
        }
    }

    /// The node that an alias at `depth` stands for. An error is none where it was told before.
    pub(super) fn expand(&mut self, anchor: usize, depth: usize, span: Span) -> Result<Node, Option<Problem>> {
        let Some(found) = self.nodes.get(&anchor) else { return Err(Some(Problem::AliasInItself { span })) };
        self.spent += found.weight;
        if self.spent > BUDGET {
            let first = !std::mem::replace(&mut self.is_exhausted, true);
            return Err(first.then_some(Problem::TooManyAliases { limit: BUDGET, span }));
        }
        if depth + found.depth > DEPTH {
            return Err(Some(Problem::TooDeep { limit: DEPTH, span }));
        }
        Ok(found.node.clone())
    }
}

/// Weight, and how many collections are in each other.
pub(super) fn measure(node: &Node) -> (usize, usize) {
    let add = |(weight, depth): (usize, usize), node: &Node| {
        let (w, d) = measure(node);
        (weight + w, depth.max(d))
    };
    match node {
        Node::Scalar(scalar) => (1 + (scalar.text.len() + scalar.lines.len() * 12) / BYTES, 0),
        Node::List(list) => {
            let (weight, depth) = list.items.iter().fold((1, 0), add);
            (weight, depth + 1)
        }
        Node::Table(table) => {
            let keys = table.entries().iter().map(|e| e.key.text.len() / BYTES).sum::<usize>();
            let (weight, depth) = table.entries().iter().map(|e| &e.node).fold((1 + keys, 0), add);
            (weight, depth + 1)
        }
    }
}
