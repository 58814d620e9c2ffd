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
    /// How many more brackets of each kind were opened than closed.
    square: isize,
    curly: isize,
}

impl<'a> Statements<'a> {
    /// Pieces of no fewer than `at_once` tokens, but for the last.
    pub(super) fn new(lexer: Lexer<'a>, at_once: usize) -> Self {
        Self { lexer, at_once, tokens: Vec::with_capacity(at_once), square: 0, curly: 0 }
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
        match kind {
            TokenKind::LeftSquareBracket => self.square += 1,
            TokenKind::RightSquareBracket => self.square -= 1,
            TokenKind::LeftCurlyBracket => self.curly += 1,
            TokenKind::RightCurlyBracket => self.curly -= 1,
            _ => {}
        }
    }

    fn is_between(&self) -> bool {
        self.square == 0 && self.curly == 0
    }
}
