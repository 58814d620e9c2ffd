//! The tokens of a text, a few whole statements at a time, so that a large text is never held as tokens.
//!
//! The parser keeps nothing from one statement to the next. A statement ends at a line end outside of all brackets; in a
//! text whose brackets do not match, what follows is one piece, so that the parser sees all that it would look at to
//! recover.

use toml_parser::lexer::{Lexer, Token, TokenKind};

/// Tokens, piece by piece.
pub(super) struct Statements<'a> {
    lexer: Lexer<'a>,
    at_once: usize,
    /// The piece that was given out last.
    tokens: Vec<Token>,
    /// The brackets that are open.
    open: Vec<TokenKind>,
    /// Whether one was closed that was not the last opened.
    is_lost: bool,
}

impl<'a> Statements<'a> {
    /// Pieces of no fewer than `at_once` tokens, but for the last.
    pub(super) fn new(lexer: Lexer<'a>, at_once: usize) -> Self {
        Self { lexer, at_once, tokens: Vec::with_capacity(at_once), open: Vec::new(), is_lost: false }
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Option<&[Token]> {
        self.tokens.clear();
        while let Some(token) = self.lexer.next() {
            self.tokens.push(token);
            self.count(token.kind());
            if token.kind() == TokenKind::Newline && self.is_between() && self.tokens.len() >= self.at_once {
                break;
            }
        }
        (!self.tokens.is_empty()).then_some(&*self.tokens)
    }

    fn count(&mut self, kind: TokenKind) {
        let opened = match kind {
            TokenKind::LeftSquareBracket | TokenKind::LeftCurlyBracket => return self.open.push(kind),
            TokenKind::RightSquareBracket => TokenKind::LeftSquareBracket,
            TokenKind::RightCurlyBracket => TokenKind::LeftCurlyBracket,
            _ => return,
        };
        self.is_lost |= self.open.pop() != Some(opened);
    }

    fn is_between(&self) -> bool {
        !self.is_lost && self.open.is_empty()
    }
}
