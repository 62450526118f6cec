//! Searching: all of the words, then with words put right that stand nowhere, then any of the words.

use std::cmp::Reverse;
use std::collections::HashMap;

use tantivy::Term;
use tantivy::collector::{Collector as _, Count, TopDocs};
use tantivy::query::{
    Bm25StatisticsProvider as _, BooleanQuery, BoostQuery, DisjunctionMaxQuery, EnableScoring, Occur, Query, TermQuery,
};
use tantivy::schema::IndexRecordOption;

use crate::features::search::analysis::{Stems, Unit, units};
use crate::features::search::index::Parts;
use crate::features::search::places::Place;
use crate::features::search::shard::{Counts, Near};

/// The weight of the other fields of a place beside the one in which a word counts most.
const OTHER_FIELDS: f32 = 0.3;
/// The weight of the phrases of a crisis beside the words of a query: they decide which places are listed, and the words in which order.
const ABOUT: f32 = 0.2;
/// Words of a query that are put right.
const MOST_PUT_RIGHT: usize = 4;
/// Letters of a word that may have one slip, and two.
const LETTERS_FOR_SLIPS: [(usize, u8); 2] = [(5, 1), (8, 2)];
/// Letters up to which a word begins as it is meant: a short word with another first letter is another word.
const LETTERS_OF_ANOTHER_WORD: usize = 6;
/// Letters from which a word may be the beginning of another.
const LETTERS_FOR_BEGINNING: usize = 3;

/// The way in which something was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Every place has all of the words.
    All,
    /// Words stand nowhere and were put right: as typed, and as they stand in the places found.
    PutRight(Vec<(String, String)>),
    /// Every place has some of the words.
    Some,
    /// Every place is about what somebody needs help with.
    About,
}

/// The places found.
pub(super) struct Found {
    pub(super) how: How,
    /// The number of places on all pages.
    pub(super) total: usize,
    /// Those of this page, the best first.
    pub(super) places: Vec<Place>,
    /// The words that were looked for in the end.
    pub(super) units: Vec<Unit>,
}

/// The part of the places found that is wanted.
#[derive(Clone, Copy)]
pub(super) struct FindOptions {
    /// Places to pass over.
    pub(super) skip: usize,
    /// Places at most.
    pub(super) take: usize,
    /// Set if words that stand nowhere may be put right.
    pub(super) puts_right: bool,
}

impl Parts {
    /// The places that a query finds.
    pub(super) fn find(&self, query: &str, wanted: FindOptions) -> tantivy::Result<Found> {
        let mut stems = Stems::new();
        let units = units(query, &mut stems);
        let (total, places) = self.run(&self.all_of(&units), wanted)?;
        if total > 0 || units.is_empty() {
            return Ok(Found { how: How::All, total, places, units });
        }
        let mut right = Vec::new();
        let mut meant = Vec::new();
        for unit in &units {
            let near = if wanted.puts_right && right.len() < MOST_PUT_RIGHT && unit.is_word() && !self.is_known(unit)? {
                self.nearest(&unit.typed)?
            } else {
                None
            };
            meant.push(near.as_ref().map_or_else(|| unit.clone(), |near| Unit::of_word(near, &mut stems)));
            right.extend(near.map(|near| (unit.typed.clone(), near)));
        }
        if !right.is_empty() {
            let (total, places) = self.run(&self.all_of(&meant), wanted)?;
            if total > 0 {
                return Ok(Found { how: How::PutRight(right), total, places, units: meant });
            }
        }
        let (total, places) = self.run(&self.any_of(&units), wanted)?;
        if total > 0 || right.is_empty() {
            return Ok(Found { how: How::Some, total, places, units });
        }
        let (total, places) = self.run(&self.any_of(&meant), wanted)?;
        Ok(Found { how: How::PutRight(right), total, places, units: meant })
    }

    fn any_of(&self, units: &[Unit]) -> BooleanQuery {
        BooleanQuery::union(units.iter().map(|unit| self.query_of(unit)).collect())
    }

    /// The places that are about something, as one of these phrases says, or that have all of the words of a query, where it has several;
    /// the best first.
    pub(super) fn find_about(&self, about: &[&str], query: &str, wanted: FindOptions) -> tantivy::Result<Found> {
        let mut stems = Stems::new();
        let phrases: Vec<Vec<Unit>> = about.iter().map(|phrase| units(phrase, &mut stems)).collect();
        let words = units(query, &mut stems);
        let says_it = phrases.iter().map(|phrase| -> Box<dyn Query> { Box::new(self.all_of(phrase)) }).collect();
        let mut fits: Vec<Box<dyn Query>> =
            vec![Box::new(DisjunctionMaxQuery::with_tie_breaker(says_it, OTHER_FIELDS))];
        if words.len() > 1 {
            fits.push(Box::new(self.all_of(&words)));
        }
        let mut clauses: Vec<(Occur, Box<dyn Query>)> =
            vec![(Occur::Must, Box::new(BoostQuery::new(Box::new(BooleanQuery::union(fits)), ABOUT)))];
        clauses.extend(words.iter().map(|unit| (Occur::Should, self.query_of(unit))));
        let (total, places) = self.run(&BooleanQuery::new(clauses), wanted)?;
        let units = phrases.into_iter().flatten().chain(words).collect();
        Ok(Found { how: How::About, total, places, units })
    }

    fn all_of(&self, units: &[Unit]) -> BooleanQuery {
        BooleanQuery::intersection(units.iter().map(|unit| self.query_of(unit)).collect())
    }

    fn query_of(&self, unit: &Unit) -> Box<dyn Query> {
        let way = |stems: &Vec<String>| -> Box<dyn Query> {
            let mut stems: Vec<Box<dyn Query>> = stems.iter().map(|stem| self.in_fields(stem)).collect();
            match stems.pop() {
                Some(only) if stems.is_empty() => only,
                last => Box::new(BooleanQuery::intersection(stems.into_iter().chain(last).collect())),
            }
        };
        let mut ways: Vec<Box<dyn Query>> = unit.ways.iter().map(way).collect();
        match ways.pop() {
            Some(only) if ways.is_empty() => only,
            last => Box::new(DisjunctionMaxQuery::new(ways.into_iter().chain(last).collect())),
        }
    }

    fn in_fields(&self, stem: &str) -> Box<dyn Query> {
        let in_field = |(field, weight)| -> Box<dyn Query> {
            let term = TermQuery::new(Term::from_field_text(field, stem), IndexRecordOption::WithFreqs);
            Box::new(BoostQuery::new(Box::new(term), weight))
        };
        let fields = self.fields.weighted().into_iter().map(in_field).collect();
        Box::new(DisjunctionMaxQuery::with_tie_breaker(fields, OTHER_FIELDS))
    }

    /// Counts the places that a query finds, and gives those that are wanted.
    fn run(&self, query: &BooleanQuery, wanted: FindOptions) -> tantivy::Result<(usize, Vec<Place>)> {
        if query.clauses().is_empty() {
            return Ok((0, Vec::new()));
        }
        let Some(first) = self.shards.first() else { return Ok((0, Vec::new())) };
        // What is counted over all parts is counted once, and not for each part again.
        let counts = Counts(&self.shards);
        let weight = query.weight(EnableScoring::enabled_from_statistics_provider(&counts, &first.searcher))?;
        let (mut total, mut found) = (0, Vec::new());
        for shard in &self.shards {
            let documents = usize::try_from(shard.searcher.num_docs()).unwrap_or(usize::MAX);
            let most = wanted.skip.saturating_add(wanted.take).min(documents).max(1);
            let collector = (Count, TopDocs::with_limit(most).order_by_score());
            let mut parts = Vec::new();
            for segment in shard.searcher.segment_readers() {
                parts.push(collector.collect_segment(weight.as_ref(), 0, segment)?);
            }
            let (count, best) = collector.merge_fruits(parts)?;
            total += count;
            let place = |(score, address): (f32, tantivy::DocAddress)| {
                let (place, _) = shard.places.get(usize::try_from(address.doc_id).ok()?)?;
                Some((score, place))
            };
            found.extend(best.into_iter().filter_map(place));
        }
        found.sort_by(|(one, first), (other, second)| other.total_cmp(one).then_with(|| first.cmp(second)));
        let wanted = found.into_iter().skip(wanted.skip).take(wanted.take);
        Ok((total, wanted.map(|(_, place)| place.clone()).collect()))
    }

    /// Tells whether a word stands anywhere.
    fn is_known(&self, unit: &Unit) -> tantivy::Result<bool> {
        let counts = Counts(&self.shards);
        for stem in unit.ways.iter().flatten() {
            for (field, _) in self.fields.weighted() {
                if counts.doc_freq(&Term::from_field_text(field, stem))? > 0 {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// The spelling that is nearest to a word which stands nowhere: with the fewest slips, the same first letter, in the most places.
    fn nearest(&self, word: &str) -> tantivy::Result<Option<String>> {
        let letters = word.chars().count();
        let [(one, _), (two, _)] = LETTERS_FOR_SLIPS;
        let slips = |number| Near::slips(&self.fields, word, number);
        let ways: [(bool, &dyn Fn() -> tantivy::Result<Near>); 3] = [
            (letters >= one, &|| slips(1)),
            (letters >= LETTERS_FOR_BEGINNING, &|| Ok(Near::Beginning(word.to_owned()))),
            (letters >= two, &|| slips(2)),
        ];
        for (_, near) in ways.into_iter().filter(|(may, _)| *may) {
            let near = near()?;
            let mut spellings: HashMap<String, u32> = HashMap::new();
            for shard in &self.shards {
                for (spelling, places) in shard.spellings(&self.fields, &near)? {
                    *spellings.entry(spelling).or_default() += places;
                }
            }
            let starts_alike = |spelling: &str| spelling.chars().next() == word.chars().next();
            let best = spellings.into_iter().filter(|(spelling, _)| {
                !spelling.bytes().any(|byte| byte.is_ascii_digit())
                    && (letters > LETTERS_OF_ANOTHER_WORD || starts_alike(spelling))
            });
            let best =
                best.max_by_key(|(spelling, places)| (starts_alike(spelling), *places, Reverse(spelling.clone())));
            if let Some((spelling, _)) = best {
                return Ok(Some(spelling));
            }
        }
        Ok(None)
    }
}
