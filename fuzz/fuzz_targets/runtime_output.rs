//! Output of children: what is logged and said does not depend on how it is cut into reads.
#![no_main]

use recipe::runtime::core::output::{Chain, Piece};

/// What is logged, then what is said.
type Result = (Vec<u8>, Vec<Vec<u8>>);

fn take(result: &mut Result, piece: Piece<'_>) {
    match piece {
        Piece::Logged(text) => result.0.extend_from_slice(&text),
        Piece::Captured(_) => {}
        Piece::Communication(said) => result.1.push(said),
    }
}

fn through<'a>(mut chain: Chain, reads: impl Iterator<Item = &'a [u8]>) -> Result {
    let mut result = Result::default();
    reads.for_each(|read| chain.push(read, &mut |piece| take(&mut result, piece)));
    chain.finish(&mut |piece| take(&mut result, piece));
    result
}

libfuzzer_sys::fuzz_target!(|input: (bool, u8, u8, Vec<u8>)| {
    let (strip, limit, size, data) = input;
    let chain = || Chain::new(strip, limit.into());
    let (Some(whole), Some(cut)) = (chain(), chain()) else { return };
    // A token is too long to be found by chance.
    let data: Vec<u8> = data.iter().flat_map(|byte| word(byte)).copied().collect();
    assert_eq!(through(whole, [&data[..]].into_iter()), through(cut, data.chunks(size.max(1).into())));
});

fn word(byte: &u8) -> &[u8] {
    match byte {
        0 => b"<!--XSUPERVISOR:BEGIN-->",
        1 => b"<!--XSUPERVISOR:END-->",
        2 => b"<!--XSUPERVISOR:",
        3 => b"\x1b[",
        byte => std::slice::from_ref(byte),
    }
}
