//! Promoted answers: what staff say to somebody who looks for certain words.

use std::collections::HashSet;

use crate::base::web::shell::Link;
use crate::features::search::analysis::{Stems, Terms, Unit, all_units};
use crate::features::search::places;
use crate::site::edition::Edition;
use crate::site::model::{Promoted, PromotedAnswer};
use crate::text::telephone::dialled;

/// The words of the answers of an edition: of each answer its groups.
pub(super) struct Answers(Vec<Vec<Vec<Unit>>>);

/// An answer as it is shown.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) sentence: String,
    pub(super) number: Option<Link>,
    pub(super) link: Option<Link>,
}

impl Answers {
    pub(super) fn new(promoted: &Promoted) -> Self {
        let mut stems = Stems::new();
        let mut groups = |answer: &PromotedAnswer| answer.groups().map(|group| all_units(group, &mut stems)).collect();
        Self(promoted.answers.iter().map(&mut groups).collect())
    }

    /// The answers to a query, as the edition has them now.
    pub(super) fn find(&self, edition: &Edition, query: &str) -> Vec<Answer> {
        let held: HashSet<String> = Terms::of(query, &mut Stems::new()).stems.into_iter().collect();
        let has = |way: &Vec<String>| way.iter().all(|stem| held.contains(stem));
        let is_held = |group: &Vec<Unit>| !group.is_empty() && group.iter().all(|unit| unit.ways.iter().any(has));
        let found = self.0.iter().zip(&edition.promoted.answers).filter(|(groups, _)| groups.iter().any(is_held));
        found.map(|(_, answer)| Answer::of(edition, answer)).collect()
    }
}

impl Answer {
    fn of(edition: &Edition, answer: &PromotedAnswer) -> Self {
        let number =
            dialled(&answer.number).map(|dials| Link::new(format!("Call {}", answer.number), format!("tel:{dials}")));
        Self { sentence: answer.sentence.clone(), number, link: link(edition, &answer.link) }
    }
}

/// The link of an answer by the title of the page or the host that it leads to; none where a page of the site is not there any more.
fn link(edition: &Edition, href: &str) -> Option<Link> {
    if href.starts_with('/') {
        return places::title_of(edition, href).map(|title| Link::new(title, href));
    }
    let host = url::Url::parse(href).ok()?.host_str()?.to_owned();
    Some(Link::new(host.strip_prefix("www.").unwrap_or(&host), href))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;

    use super::*;

    fn answered(words: &str, query: &str) -> bool {
        let answer = PromotedAnswer { words: words.to_owned(), ..PromotedAnswer::default() };
        let promoted = Promoted { answers: vec![answer] };
        let mut edition = Edition::new(Arc::default(), Timestamp::UNIX_EPOCH, Arc::default());
        let answers = Answers::new(&promoted);
        edition.promoted = Arc::new(promoted);
        !answers.find(&edition, query).is_empty()
    }

    #[test]
    fn a_query_is_answered_that_holds_all_words_of_a_group() {
        for (words, query) in [
            ("scam, bank rang me", "Scams"),
            ("scam, bank rang me", "my bank has rang me"),
            ("e-mail", "an email"),
            ("email", "An E‑MAIL"),
            ("women's aid", "womens aid"),
            ("0808 2000 247", "08082000247"),
            ("what is it", "what is it?"),
        ] {
            assert!(answered(words, query), "{words} and {query}");
        }
        for (words, query) in [("bank rang me", "bank"), ("want to die", "die casting"), ("scam", ""), (",", "scam")] {
            assert!(!answered(words, query), "{words} and {query}");
        }
    }
}
