//! A part of the index: a few hundred places in one segment that never changes. A change makes the parts anew that it touches, so that what was
//! removed lies in none of them, not even as deleted.

use tantivy::directory::RamDirectory;
use tantivy::query::{Bm25StatisticsProvider, DfaWrapper, FuzzyTermQuery};
use tantivy::schema::{Field, IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{Index, IndexSettings, ReloadPolicy, Searcher, TantivyDocument, Term};

use crate::features::search::analysis::{Stems, Terms};
use crate::features::search::places::{Place, searched};
use crate::site::edition::Edition;

/// Bytes that the table of words starts with while a part is made; it grows.
const MEMORY: usize = 400_000;
/// Spellings looked at for one that is near.
const MOST_SPELLINGS: usize = 200;

/// The fields of a document, and how much a word in each counts.
pub(super) struct Fields {
    schema: Schema,
    title: Field,
    words: Field,
    headings: Field,
    text: Field,
    spelling: Field,
}

impl Fields {
    pub(super) fn new() -> Self {
        let options = |record, norms| {
            let indexing =
                TextFieldIndexing::default().set_tokenizer("raw").set_index_option(record).set_fieldnorms(norms);
            TextOptions::default().set_indexing_options(indexing)
        };
        let mut schema = Schema::builder();
        let [title, words, headings, text] = ["title", "words", "headings", "text"]
            .map(|name| schema.add_text_field(name, options(IndexRecordOption::WithFreqs, true)));
        let spelling = schema.add_text_field("spelling", options(IndexRecordOption::Basic, false));
        Self { schema: schema.build(), title, words, headings, text, spelling }
    }

    /// The fields in which words are looked for, with their weight.
    pub(super) fn weighted(&self) -> [(Field, f32); 4] {
        [(self.title, 6.0), (self.words, 5.0), (self.headings, 2.5), (self.text, 1.0)]
    }
}

/// A part of the index.
pub(super) struct Shard {
    pub(super) searcher: Searcher,
    /// The places in the order of their documents, with what tells a change.
    pub(super) places: Vec<(Place, u64)>,
}

impl Shard {
    pub(super) fn build(edition: &Edition, places: Vec<(Place, u64)>, fields: &Fields) -> tantivy::Result<Self> {
        let settings = IndexSettings {
            docstore_compression: Compressor::None,
            docstore_compress_dedicated_thread: false,
            ..IndexSettings::default()
        };
        let index = Index::builder().schema(fields.schema.clone()).settings(settings);
        let mut writer = index.single_segment_index_writer(RamDirectory::create(), MEMORY)?;
        let mut stems = Stems::new();
        for (place, _) in &places {
            let mut document = TantivyDocument::new();
            // One that went a moment ago is found by nothing.
            if let Some(searched) = searched(edition, place) {
                let mut spellings = Vec::new();
                for (field, text) in [
                    (fields.title, &searched.title),
                    (fields.words, &searched.words),
                    (fields.headings, &searched.headings),
                    (fields.text, &searched.text),
                ] {
                    let terms = Terms::of(text, &mut stems);
                    spellings.extend(terms.spellings);
                    document.add_pre_tokenized_text(field, tokens(terms.stems));
                }
                spellings.sort_unstable();
                spellings.dedup();
                document.add_pre_tokenized_text(fields.spelling, tokens(spellings));
            }
            writer.add_document(document)?;
        }
        let reader = writer.finalize()?.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Self { searcher: reader.searcher(), places })
    }

    /// Spellings that are near to a word, each with the number of places that have it.
    pub(super) fn spellings(&self, fields: &Fields, near: &Near) -> tantivy::Result<Vec<(String, u32)>> {
        let mut found = Vec::new();
        for segment in self.searcher.segment_readers() {
            let index = segment.inverted_index(fields.spelling)?;
            let mut note = |key: &[u8], places: u32| {
                let spelling = std::str::from_utf8(key).ok().map(|spelling| (spelling.to_owned(), places));
                found.extend(spelling);
                found.len() < MOST_SPELLINGS
            };
            match near {
                Near::Beginning(word) => {
                    let mut terms = index.terms().range().ge(word).lt(format!("{word}\u{10FFFF}")).into_stream()?;
                    while terms.advance() && note(terms.key(), terms.value().doc_freq) {}
                }
                Near::Slips(automaton) => {
                    let mut terms = index.terms().search(automaton).into_stream()?;
                    while terms.advance() && note(terms.key(), terms.value().doc_freq) {}
                }
            }
        }
        Ok(found)
    }
}

/// The nearness of a spelling to a word.
pub(super) enum Near {
    /// It begins with it.
    Beginning(String),
    /// It is no more than some slips of the pen away, as the automaton says.
    Slips(DfaWrapper),
}

impl Near {
    /// The spellings that are at most so many slips of the pen away from a word. Costly to make: once for all parts.
    pub(super) fn slips(fields: &Fields, word: &str, slips: u8) -> tantivy::Result<Self> {
        let term = Term::from_field_text(fields.spelling, word);
        FuzzyTermQuery::new(term, slips, true).automaton().map(Self::Slips)
    }
}

fn tokens(words: Vec<String>) -> PreTokenizedString {
    let token = |(position, text): (usize, String)| Token { position, text, ..Token::default() };
    PreTokenizedString { text: String::new(), tokens: words.into_iter().enumerate().map(token).collect() }
}

/// Counts over all parts, so that it does not matter in which of them a place is.
pub(super) struct Counts<'a>(pub(super) &'a [std::sync::Arc<Shard>]);

impl Counts<'_> {
    fn sum(&self, count: impl Fn(&Searcher) -> tantivy::Result<u64>) -> tantivy::Result<u64> {
        self.0.iter().map(|shard| count(&shard.searcher)).sum()
    }
}

impl Bm25StatisticsProvider for Counts<'_> {
    fn total_num_tokens(&self, field: Field) -> tantivy::Result<u64> {
        self.sum(|searcher| searcher.total_num_tokens(field))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        self.sum(Bm25StatisticsProvider::total_num_docs)
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        self.sum(|searcher| Bm25StatisticsProvider::doc_freq(searcher, term))
    }
}
