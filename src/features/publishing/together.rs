//! Drafts and withdrawals that come into force together: each is checked against the site as the ones before it leave it, before
//! anything is entered.

use std::sync::Arc;

use jiff::Timestamp;

use crate::base::ledger::model::FORMAT;
use crate::base::ledger::store::Kept;
use crate::base::ledger::{Entry, Hash, Kind, Sealed};
use crate::features::drafts::DraftContent;
use crate::features::publishing::ready::Prepared;
use crate::features::publishing::{put_back, ready, withdrawal, words};
use crate::features::structure::model as structure;
use crate::site::edition::Edition;
use crate::site::model::{Facts, NoticeKind, WithdrawalContent};
use crate::site::published::Published;
use crate::site::subject::Subject;

/// What happens to one subject.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// Its draft becomes a version.
    Draft(&'a DraftContent),
    /// What was in force before becomes a version again. The law's list may be newer than its text.
    Again(&'a DraftContent),
    /// It is withdrawn.
    Withdrawal(&'a WithdrawalContent),
}

/// Steps that were checked together.
pub struct Together {
    /// What becomes of each step, in the order in which they were given: its content, or what must be put right first, a sentence each.
    pub prepared: Vec<Result<Prepared, Vec<String>>>,
    /// What must be put right first and belongs to no single step.
    pub problems: Vec<String>,
    /// The site as all steps that have a content leave it. No part of it is public.
    pub edition: Edition,
}

impl Together {
    /// Tells that nothing has to be put right.
    pub fn is_ready(&self) -> bool {
        self.problems.is_empty() && self.prepared.iter().all(Result::is_ok)
    }
}

/// The facts that the texts of some steps are served with: those of the steps themselves, else those in force.
pub fn facts<'a>(mut steps: impl Iterator<Item = Step<'a>>, edition: &Edition) -> Arc<Facts> {
    let own = steps.find_map(|step| match step {
        Step::Draft(DraftContent::Facts(facts)) | Step::Again(DraftContent::Facts(facts)) => {
            Some(Arc::new(facts.clone()))
        }
        _ => None,
    });
    own.unwrap_or_else(|| Arc::clone(&edition.facts))
}

/// The place of a step in the order in which steps are checked and entered: what others refer to comes first.
pub fn rank(subject: &Subject, step: Step<'_>) -> u8 {
    match (subject, step) {
        (Subject::Facts, _) => 0,
        (Subject::Notice(_), Step::Draft(_) | Step::Again(_)) => 1,
        (Subject::Page(_), Step::Draft(_) | Step::Again(_)) => 2,
        (Subject::Page(_), Step::Withdrawal(_)) => 3,
        (_, Step::Withdrawal(_)) => 4,
        (Subject::Navigation, _) => 5,
        (Subject::Promoted, _) => 6,
    }
}

/// Makes the contents of steps that come into force at one instant.
pub fn prepare(steps: &[(&Subject, Step<'_>)], edition: &Edition, in_force_at: Timestamp) -> Together {
    let served_with = facts(steps.iter().map(|(_, step)| *step), edition);
    let of = |published: Arc<Published>| {
        let mut edition = Edition::new(published, in_force_at, Arc::clone(&edition.declared));
        edition.facts = Arc::clone(&served_with);
        edition
    };
    let mut order: Vec<(usize, &(&Subject, Step<'_>))> = steps.iter().enumerate().collect();
    order.sort_by_key(|(_, (subject, step))| rank(subject, *step));
    let mut prepared: Vec<Result<Prepared, Vec<String>>> = steps.iter().map(|_| Err(Vec::new())).collect();
    let mut made: Option<Edition> = None;
    let mut last = None;
    for (at, (subject, step)) in order {
        let rank = rank(subject, *step);
        // Views are made anew once for each kind of step, and what was published is known step by step.
        if last.is_some_and(|last| last != rank)
            && let Some(before) = made.take()
        {
            made = Some(of(before.published));
        }
        last = Some(rank);
        let current = made.get_or_insert_with(|| of(Arc::clone(&edition.published)));
        let content = match step {
            Step::Draft(content) => ready::prepare(subject, content, current, in_force_at),
            Step::Again(content) => put_back::prepare(subject, content, current),
            Step::Withdrawal(content) => withdrawn(subject, content, current),
        };
        if let Ok(content) = &content {
            enter(&mut current.published, subject, content, in_force_at);
        }
        if let Some(place) = prepared.get_mut(at) {
            *place = content;
        }
    }
    let published = made.map_or_else(|| Arc::clone(&edition.published), |made| made.published);
    let edition = of(published);
    let problems = dead_ends(steps, &edition);
    Together { prepared, problems, edition }
}

/// A withdrawal of something that is in force.
fn withdrawn(subject: &Subject, content: &WithdrawalContent, edition: &Edition) -> Result<Prepared, Vec<String>> {
    let problem = match subject {
        Subject::Notice(name) => match withdrawal::in_force(&edition.published, name, edition.at) {
            Ok((_, NoticeKind::Text)) => None,
            Ok((_, NoticeKind::Banner)) => Some(words::BANNER_ENDS_ALONE.to_owned()),
            Err(_) => Some(words::NOTHING_TO_WITHDRAW.to_owned()),
        },
        Subject::Page(name) => {
            let page = edition.published.pages.get(name.as_str()).and_then(|page| page.at(edition.at));
            match page {
                Some(page) if page.address.as_str() == "home" || edition.declared.is_own(page.address.as_str()) => {
                    Some(words::PAGE_IS_NEEDED.to_owned())
                }
                Some(_) => None,
                None => Some(words::NO_PAGE.to_owned()),
            }
        }
        Subject::Facts | Subject::Navigation | Subject::Promoted => Some(words::OTHER_KIND.to_owned()),
    };
    problem.map_or_else(|| Ok(Prepared::Withdrawal(content.clone())), |problem| Err(vec![problem]))
}

/// Links of the menu and the footer, and ways on from what is taken away, that lead to nothing once all steps are in force.
fn dead_ends(steps: &[(&Subject, Step<'_>)], edition: &Edition) -> Vec<String> {
    let mut problems = Vec::new();
    let mut takes_away = false;
    for (subject, step) in steps {
        let Step::Withdrawal(content) = step else { continue };
        takes_away = true;
        let is_dead = content.go_to.starts_with('/') && structure::href(edition, &content.go_to).is_err();
        if is_dead && matches!(subject, Subject::Page(_)) {
            problems.push(words::leads_nowhere(&content.go_to));
        }
    }
    if takes_away {
        let around = &edition.navigation;
        let links = around.navigation.iter().chain(&around.footer).map(|link| &link.href);
        let hrefs = links.chain(around.redirects.iter().map(|redirect| &redirect.to));
        let dead = hrefs.filter(|href| structure::href(edition, href).is_err());
        problems.extend(dead.map(|href| words::still_leads_to(href)));
    }
    problems
}

/// Enters a content into a copy of what is published, as if it had been appended.
fn enter(published: &mut Arc<Published>, subject: &Subject, content: &Prepared, in_force_at: Timestamp) {
    let Ok(body) = content.json() else { return };
    let version = match (subject, content) {
        (_, Prepared::Withdrawal(_)) => None,
        (Subject::Notice(name), _) => {
            let last = published.notices.get(name.as_str()).and_then(|notice| notice.versions.keys().next_back());
            Some(last.copied().unwrap_or(0) + 1)
        }
        _ => Some(1),
    };
    let entry = Entry {
        number: published.length + 1,
        format: FORMAT,
        kind: if version.is_none() { Kind::Withdrawal } else { subject.kind() },
        subject: subject.to_string(),
        version,
        target: None,
        recorded_at: in_force_at,
        in_force_at,
        imported: false,
        content_commitment: Hash::ZERO,
        particulars_commitment: Hash::ZERO,
        previous_hash: Hash::ZERO,
        hash: Hash::ZERO,
    };
    let kept = Kept { entry, content: Some(Sealed { salt: Hash::ZERO, body }) };
    // What our own types wrote can be read by them.
    let _ = Arc::make_mut(published).extend([kept], in_force_at);
}
