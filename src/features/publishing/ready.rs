//! The check before publishing, and the content that a draft becomes.

use jiff::Timestamp;

use crate::features::drafts::checks;
use crate::features::drafts::{DraftContent, NoticeDraft};
use crate::features::publishing::model::ReviewState;
use crate::features::publishing::words;
use crate::features::structure::facts;
use crate::features::structure::model as structure;
use crate::features::structure::promoted;
use crate::site::edition::Edition;
use crate::site::free_addresses as addresses;
use crate::site::model::{Facts, Navigation, NoticeContent, NoticeKind, PageContent, Promoted, WithdrawalContent};
use crate::site::subject::Subject;
use crate::text::markdown;

/// The content that a draft becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prepared {
    /// A version of a notice, with its text as it is served.
    Notice(Box<NoticeContent>),
    /// A version of a page.
    Page(PageContent),
    /// A version of the facts.
    Facts(Facts),
    /// A version of the navigation.
    Navigation(Navigation),
    /// A version of the promoted answers.
    Promoted(Promoted),
    /// The end of a notice or a page.
    Withdrawal(WithdrawalContent),
}

impl Prepared {
    /// The JSON in the ledger.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        match self {
            Self::Notice(content) => serde_json::to_string(content),
            Self::Page(page) => serde_json::to_string(page),
            Self::Facts(facts) => serde_json::to_string(facts),
            Self::Navigation(navigation) => serde_json::to_string(navigation),
            Self::Promoted(promoted) => serde_json::to_string(promoted),
            Self::Withdrawal(withdrawal) => serde_json::to_string(withdrawal),
        }
    }
}

/// The state of a draft with which nothing is left to do but to publish it.
pub const READY: &str = "Approved, ready to publish";

/// Tells that a draft only has to be published: two people have seen exactly this text, and nothing blocks it.
pub fn is_ready(looked: &ReviewState, edition: &Edition) -> bool {
    let draft = &looked.draft;
    looked.is_approved() && prepare(&draft.subject, &draft.content, edition, edition.at).is_ok()
}

/// Makes the content of a draft that comes into force at an instant, checked against a site.
/// Errors: the problems to be put right first, a sentence each.
pub fn prepare(
    subject: &Subject,
    content: &DraftContent,
    edition: &Edition,
    in_force_at: Timestamp,
) -> Result<Prepared, Vec<String>> {
    match (subject, content) {
        (Subject::Notice(name), DraftContent::Notice(draft)) => {
            let mut problems: Vec<String> = checks::blocking(name.as_str(), draft, edition, in_force_at)
                .into_iter()
                // Addresses are checked below, against what is scheduled too.
                .filter(|problem| problem.field != "address")
                .map(|problem| match problem.line {
                    Some(line) => format!("Line {line}: {}", problem.message),
                    None => problem.message,
                })
                .collect();
            problems.extend(addresses::problem(&edition.declared, &edition.published, subject, &draft.address, &[]));
            if !problems.is_empty() {
                return Err(problems);
            }
            served(name.as_str(), draft, edition).map(|content| Prepared::Notice(Box::new(content)))
        }
        (Subject::Page(_), DraftContent::Page(page)) => {
            unless(page_problems(subject, page, edition), || Prepared::Page(page.clone()))
        }
        (Subject::Facts, DraftContent::Facts(facts)) => {
            unless(facts_problems(facts, edition), || Prepared::Facts(facts.clone()))
        }
        (Subject::Navigation, DraftContent::Navigation(links)) => {
            let problems = structure::navigation_problems(edition, links).sentences();
            unless(problems, || Prepared::Navigation(links.clone()))
        }
        (Subject::Promoted, DraftContent::Promoted(list)) => {
            let problems = promoted::problems(edition, list).sentences();
            unless(problems, || Prepared::Promoted(list.clone()))
        }
        _ => Err(vec![words::OTHER_KIND.to_owned()]),
    }
}

fn unless(problems: Vec<String>, prepared: impl FnOnce() -> Prepared) -> Result<Prepared, Vec<String>> {
    if problems.is_empty() { Ok(prepared()) } else { Err(problems) }
}

/// The version that a draft of a notice becomes, its text resolved and rendered, whatever else is wrong with it.
/// Errors: the problems of its Markdown.
pub fn served(name: &str, draft: &NoticeDraft, edition: &Edition) -> Result<NoticeContent, Vec<String>> {
    let html = markdown::render(&draft.markdown, name, &edition.facts).map_err(|problems| {
        problems.into_iter().map(|problem| format!("Line {}: {}", problem.line, problem.message)).collect::<Vec<_>>()
    })?;
    Ok(NoticeContent {
        address: draft.address.clone(),
        title: draft.title.trim().to_owned(),
        language: draft.language.clone(),
        words: if draft.kind == NoticeKind::Text { draft.words.trim().to_owned() } else { String::new() },
        kind: draft.kind,
        markdown: draft.markdown.clone(),
        html,
        change_note: draft.change_note.trim().to_owned(),
        ask_again: draft.ask_again,
        review_by: draft.review_by,
        banner: draft.banner.clone().filter(|_| draft.kind == NoticeKind::Banner),
        about_harm: draft.about_harm && draft.kind == NoticeKind::Text,
    })
}

fn page_problems(subject: &Subject, page: &PageContent, edition: &Edition) -> Vec<String> {
    let mut problems = structure::page_problems(&page.title, &page.description, &page.notices).sentences();
    if page.notices.is_empty() {
        problems.push(words::NO_NOTICE.to_owned());
    }
    for (index, name) in page.notices.iter().enumerate() {
        if page.notices.iter().take(index).any(|earlier| earlier == name) {
            problems.push(format!("The notice “{name}” stands on the page twice. Take one away."));
        }
        let notice = edition.published.notices.get(name.as_str());
        let last = notice.and_then(|notice| notice.timeline.contents().next_back());
        match last {
            None => problems
                .push(format!("The notice “{name}” was never published. Publish it first, or take it off the page.")),
            Some(version) if version.about.as_ref().is_some_and(|about| about.kind == NoticeKind::Banner) => {
                problems
                    .push(format!("“{name}” is a banner. Take it off the page: a banner says itself where it shows."));
            }
            Some(_) => {}
        }
    }
    problems.extend(addresses::problem(&edition.declared, &edition.published, subject, &page.address, &page.notices));
    problems
}

fn facts_problems(wanted: &Facts, edition: &Edition) -> Vec<String> {
    let mut problems = facts::value_problems(wanted).sentences();
    if ![wanted, &edition.facts].iter().any(|facts| facts.contains_key("force_name")) {
        problems.push(facts::needed("force_name"));
    }
    let uses = facts::uses(edition, &[]);
    problems.extend(facts::problems(edition, wanted, &uses).into_iter().map(|(_, problem)| problem));
    problems
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::site::model::NavigationLink;

    #[test]
    fn links_and_facts_are_published_by_the_rules_of_their_forms() {
        let edition = Edition::new(Arc::default(), Timestamp::UNIX_EPOCH, Arc::default());
        let refused = |subject: &Subject, content: DraftContent| {
            prepare(subject, &content, &edition, Timestamp::UNIX_EPOCH).unwrap_err().join(" ")
        };
        let link = NavigationLink { label: "Help".to_owned(), href: "/nowhere".to_owned() };
        let links = Navigation { navigation: vec![link], ..Navigation::default() };
        let said = refused(&Subject::Navigation, DraftContent::Navigation(links));
        assert!(said.starts_with("Main navigation, link 1, path: nothing is published at this path."), "{said}");
        assert!(said.ends_with("Footer: keep at least one link."), "{said}");
        let facts = Facts::from([("website".to_owned(), " ".to_owned())]);
        let said = refused(&Subject::Facts, DraftContent::Facts(facts));
        let both = "The address of the website: write something here. The program itself needs the name of the force.";
        assert_eq!(said, both);
    }
}
