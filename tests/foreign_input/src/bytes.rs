//! Mutations of bytes and texts.

use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, any, prop_oneof};
use proptest::sample::Index;

use crate::Input;
use crate::hostile::hostile_bytes;

/// The longest part that is deleted, repeated or swapped.
const MAX_PART: usize = 24;

#[derive(Debug, Clone)]
enum Mutation {
    Insert(Index, Vec<u8>),
    Overwrite(Index, Vec<u8>),
    Delete(Index, usize),
    Duplicate(Index, usize),
    Swap(Index, Index),
    Truncate(Index),
}

impl Mutation {
    fn apply(&self, bytes: &mut Vec<u8>) {
        let at = |index: &Index| index.index(bytes.len() + 1);
        match self {
            Self::Insert(index, part) => {
                let at = at(index);
                bytes.splice(at..at, part.iter().copied());
            }
            Self::Overwrite(index, part) => {
                let at = at(index);
                bytes.splice(at..end(at, part.len(), bytes), part.iter().copied());
            }
            Self::Delete(index, length) => {
                let at = at(index);
                bytes.drain(at..end(at, *length, bytes));
            }
            Self::Duplicate(index, length) => {
                let at = at(index);
                let part = bytes[at..end(at, *length, bytes)].to_vec();
                bytes.splice(at..at, part);
            }
            Self::Swap(one, other) => {
                let (one, other) = (at(one), at(other));
                if one < bytes.len() && other < bytes.len() {
                    bytes.swap(one, other);
                }
            }
            Self::Truncate(index) => bytes.truncate(at(index)),
        }
    }
}

fn end(at: usize, length: usize, bytes: &[u8]) -> usize {
    (at + length).min(bytes.len())
}

fn mutation() -> impl Strategy<Value = Mutation> {
    let part = 1..MAX_PART;
    prop_oneof![
        4 => (any::<Index>(), hostile_bytes()).prop_map(|(at, part)| Mutation::Insert(at, part)),
        2 => (any::<Index>(), hostile_bytes()).prop_map(|(at, part)| Mutation::Overwrite(at, part)),
        3 => (any::<Index>(), part.clone()).prop_map(|(at, length)| Mutation::Delete(at, length)),
        2 => (any::<Index>(), part).prop_map(|(at, length)| Mutation::Duplicate(at, length)),
        2 => (any::<Index>(), any::<Index>()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        1 => any::<Index>().prop_map(Mutation::Truncate),
    ]
}

/// A valid input with up to three mutations.
pub fn bytes(valid: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Input> {
    let mutations = prop_oneof![1 => Just(Vec::new()), 3 => vec(mutation(), 1..4)];
    (valid, mutations).prop_map(|(mut bytes, mutations)| {
        mutations.iter().for_each(|mutation| mutation.apply(&mut bytes));
        Input(bytes)
    })
}

/// A valid text with up to three mutations. Bytes that are not UTF-8 are replaced.
pub fn text(valid: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    bytes(valid.prop_map(String::into_bytes))
        .prop_map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}
