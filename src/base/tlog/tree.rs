//! The Merkle tree over the entries (RFC 6962 section 2.1), its proofs, and its tiles (C2SP tlog-tiles).

use sha2::{Digest as _, Sha256};

use crate::base::ledger::Hash;

/// Hashes of a full tile.
const TILE_WIDTH: usize = 256;
/// The number of tree levels in one level of tiles.
const TILE_HEIGHT: usize = 8;

/// A Merkle tree that only grows. A leaf's data is the hash of an entry of the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    /// Hashes of complete subtrees by their height: the leaves come first, each next level has half as many.
    levels: Vec<Vec<Hash>>,
}

impl Tree {
    /// Adds an entry by its hash.
    pub fn push(&mut self, entry: Hash) {
        let mut hash = hash_leaf(entry);
        for level in &mut self.levels {
            let left = level.last().copied();
            level.push(hash);
            match left {
                Some(left) if level.len().is_multiple_of(2) => hash = hash_node(left, hash),
                _ => return,
            }
        }
        self.levels.push(vec![hash]);
    }

    /// The number of entries.
    pub fn size(&self) -> usize {
        self.levels.first().map_or(0, Vec::len)
    }

    /// The root of all entries.
    pub fn root(&self) -> Hash {
        self.root_of(self.size()).unwrap_or_else(|| Hash::of(&[]))
    }

    /// The root of the first `size` entries; none where there are fewer.
    pub fn root_of(&self, size: usize) -> Option<Hash> {
        if size == 0 { Some(Hash::of(&[])) } else { self.subtree(0, size) }
    }

    /// Tells that the leaf at an index (counted from 0) has a hash.
    pub fn holds(&self, index: usize, entry: Hash) -> bool {
        self.node(0, index) == Some(hash_leaf(entry))
    }

    /// The inclusion proof of the entry with an index (counted from 0) against the root of all: the sibling of the leaf first
    /// (RFC 6962 section 2.1.1). None where there is no such entry.
    pub fn inclusion_proof(&self, index: usize) -> Option<Vec<Hash>> {
        let (mut start, mut end) = (0, self.size());
        if index >= end {
            return None;
        }
        let mut proof = Vec::new();
        while end - start > 1 {
            let middle = start + split(end - start);
            if index < middle {
                proof.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                proof.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        proof.reverse();
        Some(proof)
    }

    /// The proof that the root of all has grown out of the root of the first `old` entries (RFC 6962 section 2.1.2). None
    /// where there are fewer; empty for 0 entries.
    pub fn consistency_proof(&self, old: usize) -> Option<Vec<Hash>> {
        let (mut start, mut end) = (0, self.size());
        if old > end {
            return None;
        }
        if old == 0 {
            return Some(Vec::new());
        }
        let mut proof = Vec::new();
        while old != end {
            let middle = start + split(end - start);
            if old <= middle {
                proof.push(self.subtree(middle, end)?);
                end = middle;
            } else {
                proof.push(self.subtree(start, middle)?);
                start = middle;
            }
        }
        // A verifier knows the old root, but not the roots of its parts.
        if start != 0 {
            proof.push(self.subtree(start, end)?);
        }
        proof.reverse();
        Some(proof)
    }

    /// The bytes of a tile: `width` hashes of a level, the tile's index counted from 0. None where the tree does not hold all
    /// of them.
    pub fn tile(&self, level: usize, index: usize, width: usize) -> Option<Vec<u8>> {
        let start = index.checked_mul(TILE_WIDTH)?;
        let hashes = self.levels.get(level.checked_mul(TILE_HEIGHT)?)?.get(start..start.checked_add(width)?)?;
        Some(hashes.iter().flat_map(|hash| hash.0).collect())
    }

    /// The root of the entries from `start` up to `end`, where `start` begins a subtree of that size.
    fn subtree(&self, start: usize, end: usize) -> Option<Hash> {
        let length = end - start;
        if length.is_power_of_two() {
            return self.node(usize::try_from(length.ilog2()).ok()?, start / length);
        }
        let middle = start + split(length);
        Some(hash_node(self.subtree(start, middle)?, self.subtree(middle, end)?))
    }

    fn node(&self, height: usize, index: usize) -> Option<Hash> {
        self.levels.get(height)?.get(index).copied()
    }
}

impl Extend<Hash> for Tree {
    fn extend<T: IntoIterator<Item = Hash>>(&mut self, entries: T) {
        entries.into_iter().for_each(|entry| self.push(entry));
    }
}

/// The largest power of two below a length of at least 2.
fn split(length: usize) -> usize {
    1 << (length - 1).ilog2()
}

fn hash_leaf(entry: Hash) -> Hash {
    Hash(Sha256::new().chain_update([0]).chain_update(entry.0).finalize().into())
}

fn hash_node(left: Hash, right: Hash) -> Hash {
    Hash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// A tile by its address: its level (none for the entries themselves), its index and its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TileAddress {
    /// Level; none for a bundle of entries.
    pub level: Option<usize>,
    /// Index in the level.
    pub index: usize,
    /// Number of hashes or entries: 256 for a full one.
    pub width: usize,
}

impl TileAddress {
    /// Parses `<L>/<N>[.p/<W>]` or `entries/<N>[.p/<W>]`. Refuses any other spelling, so that each tile has one address.
    pub fn read(path: &str) -> Option<Self> {
        let (level, rest) = path.split_once('/')?;
        let level = match level {
            "entries" => None,
            level => Some(plain_number(level, 2).filter(|level| *level < 64)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, plain_number(width, 3).filter(|width| (1..TILE_WIDTH).contains(width))?),
            None => (rest, TILE_WIDTH),
        };
        let mut parts = index.split('/').rev();
        let last = parts.next()?;
        let mut number = three_digits(last)?;
        let mut place = 1000_usize;
        let mut first = number;
        let mut is_alone = true;
        for part in parts {
            first = three_digits(part.strip_prefix('x')?)?;
            number = first.checked_mul(place)?.checked_add(number)?;
            place = place.checked_mul(1000)?;
            is_alone = false;
        }
        // Leading zeros are allowed only within a group of three digits.
        (is_alone || first > 0).then_some(Self { level, index: number, width })
    }

    /// Tells that the tile is full, so that it can never change.
    pub fn is_full(self) -> bool {
        self.width == TILE_WIDTH
    }

    /// The number of the entry before the first in a bundle.
    pub fn start(self) -> Option<usize> {
        self.index.checked_mul(TILE_WIDTH)
    }
}

fn three_digits(text: &str) -> Option<usize> {
    (text.len() == 3 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn plain_number(text: &str, most_digits: usize) -> Option<usize> {
    let number: usize = text.parse().ok().filter(|_| text.len() <= most_digits)?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use tlog_tiles::tlog;

    use super::*;

    fn entry(number: usize) -> Hash {
        Hash::of(format!("entry {number}").as_bytes())
    }

    fn tree(size: usize) -> Tree {
        let mut tree = Tree::default();
        tree.extend((0..size).map(entry));
        tree
    }

    fn theirs(hash: Hash) -> tlog::Hash {
        tlog::Hash(hash.0)
    }

    fn all_theirs(hashes: Vec<Hash>) -> Vec<tlog::Hash> {
        hashes.into_iter().map(theirs).collect()
    }

    #[test]
    fn another_implementation_takes_every_inclusion_proof() {
        for size in (1..40_usize).chain([255, 256, 257, 600]) {
            let tree = tree(size);
            for index in 0..size {
                let proof = all_theirs(tree.inclusion_proof(index).unwrap());
                let check = |leaf: usize| {
                    let leaf = tlog::record_hash(&entry(leaf).0);
                    tlog::check_record(&proof, size as u64, theirs(tree.root()), index as u64, leaf)
                };
                check(index).unwrap();
                assert!(check(size).is_err());
            }
            assert_eq!(tree.inclusion_proof(size), None);
        }
    }

    #[test]
    fn another_implementation_takes_every_consistency_proof() {
        for size in (1..40_usize).chain([256, 257, 600]) {
            let tree = tree(size);
            for old in 1..=size {
                let proof = all_theirs(tree.consistency_proof(old).unwrap());
                let old_root = theirs(tree.root_of(old).unwrap());
                tlog::check_tree(&proof, size as u64, theirs(tree.root()), old as u64, old_root).unwrap();
            }
            assert_eq!(tree.consistency_proof(0), Some(Vec::new()));
            assert_eq!(tree.consistency_proof(size + 1), None);
        }
    }

    #[test]
    fn a_tree_grown_in_steps_is_the_same_as_one_made_at_once() {
        let mut grown = tree(100);
        let before = grown.root();
        grown.extend((100..300).map(entry));
        assert_eq!(grown, tree(300));
        assert_eq!(grown.root_of(100), Some(before));
        assert_eq!(tree(0).root(), Hash::of(b""));
    }

    #[test]
    fn a_tile_of_a_level_hashes_the_full_tiles_below() {
        let tree = tree(600);
        assert_eq!(tree.tile(0, 1, 256).unwrap().len(), 8192);
        assert_eq!(tree.tile(0, 2, 88).unwrap().len(), 88 * 32);
        assert_eq!(tree.tile(0, 2, 89), None);
        let first: Vec<u8> = self::tree(256).root().0.to_vec();
        assert_eq!(tree.tile(1, 0, 2).unwrap()[..32], first);
        assert_eq!(tree.tile(1, 0, 3), None);
        assert_eq!(tree.tile(2, 0, 1), None);
        assert_eq!(tree.tile(usize::MAX, 0, 1), None);
        assert_eq!(tree.tile(0, usize::MAX, 1), None);
    }

    #[test]
    fn a_tile_has_one_address() {
        let read = |path: &str| TileAddress::read(path).map(|tile| (tile.level, tile.index, tile.width));
        assert_eq!(read("0/000"), Some((Some(0), 0, 256)));
        assert_eq!(read("1/x001/x234/067"), Some((Some(1), 1_234_067, 256)));
        assert_eq!(read("entries/x001/067.p/7"), Some((None, 1067, 7)));
        for wrong in [
            "",
            "0",
            "0/",
            "0/0",
            "0/0000",
            "00/000",
            "64/000",
            "-1/000",
            "+1/000",
            "0/x000/067",
            "0/001/067",
            "0/x001/x067",
            "0/x001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "0/000.p/+1",
            "0/000.p/",
            "0/000.p",
            "0/000.p/1/1",
            "data/000",
            "entries/００１",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
