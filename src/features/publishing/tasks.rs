//! Tasks of those who write, publish and remove texts.

use sqlx::PgConnection;

use crate::base::language::Language;
use crate::base::ledger::Kind;
use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::permission::{ConfirmingRedaction, Editing, Permission as _, Publishing, Redacting};
use crate::desk::declared::{Item, Tasks, Viewer};
use crate::desk::paths;
use crate::features::change_sets::store as change_sets;
use crate::features::dashboard::model::{display_name, relative_time};
use crate::features::discussion::model::Comment;
use crate::features::discussion::store as discussion;
use crate::features::drafts;
use crate::features::drafts::model::Person;
use crate::features::drafts::{State, titles};
use crate::features::publishing::model::ReviewState;
use crate::features::publishing::ready::READY;
use crate::features::publishing::store::{RedactionRequest, Unapproved, WithdrawalRequest};
use crate::features::publishing::{ready, store as workflow, version_actions};
use crate::site::edition::Edition;
use crate::site::subject::{EntrySubject, Subject};

/// A draft.
struct OpenDraft {
    looked: ReviewState,
    /// True where nothing is left to do but to publish it.
    ready: bool,
}

/// Drafts and requests that are open, as far as the viewer may see them.
#[derive(Default)]
struct Open {
    drafts: Vec<OpenDraft>,
    /// Subjects of drafts that whoever looks wrote a text of.
    written: Vec<Subject>,
    /// The reviews that drafts wait for, by subject.
    reviews: Vec<(String, Comment)>,
    alone: Vec<Unapproved>,
    withdrawals: Vec<WithdrawalRequest>,
    redactions: Vec<RedactionRequest>,
}

pub(super) async fn find(connection: &mut PgConnection, viewer: Viewer<'_>) -> Result<Tasks, sqlx::Error> {
    let open = read(connection, viewer).await?;
    Ok(Tasks { waiting: open.waiting(viewer), elsewhere: open.elsewhere(viewer), mine: open.mine(viewer) })
}

async fn read(connection: &mut PgConnection, viewer: Viewer<'_>) -> Result<Open, sqlx::Error> {
    let Viewer { actor, edition, now } = viewer;
    let mut found = Open::default();
    if actor.is_any(Editing::ROLES) {
        let doubted = Doubted::find(connection, now).await?;
        let sights = drafts::store::all_sights(connection).await?;
        // What is in a set is done there, with the rest of it.
        let in_sets = change_sets::subjects(connection).await?;
        let all = drafts::store::all(connection).await?.into_iter().filter(|draft| !in_sets.contains(&draft.subject));
        let all = all.map(|draft| {
            let own = sights.iter().filter(|(of, _)| *of == draft.subject).map(|(_, sight)| sight.clone()).collect();
            let looked = ReviewState::new(draft, own, &edition.facts, doubted.clone());
            OpenDraft { ready: off_async_threads(|| ready::is_ready(&looked, edition)), looked }
        });
        found.drafts = all.collect();
        found.written = drafts::store::written_by(connection, actor.id()).await?;
        found.reviews = discussion::open_reviews(connection).await?;
        found.alone = workflow::unapproved(connection).await?;
        found.withdrawals = workflow::withdrawal_requests(connection, None).await?;
    }
    if actor.is_any(ConfirmingRedaction::ROLES) || actor.is_any(Redacting::ROLES) {
        found.redactions = workflow::redactions(connection, None).await?;
        found.redactions.retain(|asked| asked.closed.is_none());
    }
    Ok(found)
}

impl Open {
    /// Tasks that only the viewer, or somebody with the same role, can do.
    fn waiting(&self, viewer: Viewer<'_>) -> Vec<Item> {
        let Viewer { actor, edition, now } = viewer;
        let mine = |person: &Person| person.id == actor.id();
        let mut items: Vec<Item> = self.drafts.iter().filter_map(|open| self.draft_waits(open, viewer)).collect();
        items.extend(self.alone.iter().filter(|alone| !mine(&alone.publisher)).map(|alone| Item {
            tag: Some("Published without a second check"),
            title: what(alone, edition),
            href: Some(paths::entry_approve(alone.entry)),
            meta: format!(
                "{} published it without a second check. Reason: {}{}",
                alone.publisher.name,
                alone.reason,
                describe_unapproved(alone, edition)
            ),
            more: None,
        }));
        let publishes = actor.is_any(Publishing::ROLES);
        let asked = self.withdrawals.iter().filter(|asked| publishes && !mine(&asked.asked_by));
        items.extend(asked.map(|asked| Item {
            tag: Some("Withdrawal"),
            title: withdrawal(edition, asked),
            href: Some(paths::withdraw(&asked.subject)),
            meta: format!("{} asked {}. {}", asked.asked_by.name, relative_time(asked.asked_at, now), asked.note),
            more: None,
        }));
        let confirms = actor.is_any(ConfirmingRedaction::ROLES);
        items.extend(self.redactions.iter().filter(|asked| confirms && !mine(&asked.asked_by)).map(|asked| Item {
            tag: Some("Removal"),
            title: removal(asked),
            href: Some(paths::redaction(asked.id)),
            meta: format!(
                "{} asked {}. Ground: {}",
                asked.asked_by.name,
                relative_time(asked.asked_at, now),
                asked.ground
            ),
            more: None,
        }));
        items
    }

    /// Tasks in which the viewer has done their part, and another has not.
    fn elsewhere(&self, viewer: Viewer<'_>) -> Vec<Item> {
        let Viewer { actor, edition, now } = viewer;
        let mine = |person: &Person| person.id == actor.id();
        let looked = self.drafts.iter().filter(|open| !open.ready).map(|open| &open.looked);
        let reviews = looked.filter(|looked| looked.draft.state == State::Review && !looked.is_approved());
        let mut items: Vec<Item> = reviews
            .filter_map(|looked| {
                let meta = match self.asked(looked) {
                    Some((_, reviewer)) if reviewer.id == actor.id() => return None,
                    Some((asker, reviewer)) => {
                        format!("{asker} asked {} to read and approve it.", reviewer.name)
                    }
                    None if looked.has_seen(actor) => "Another person has to read and approve it.".to_owned(),
                    None => return None,
                };
                Some(Item {
                    tag: Some("For review"),
                    title: titles::title(&looked.draft, edition),
                    href: Some(review_path(looked)),
                    meta,
                    more: None,
                })
            })
            .collect();
        items.extend(self.alone.iter().filter(|alone| mine(&alone.publisher)).map(|alone| Item {
            tag: Some("Published without a second check"),
            title: what(alone, edition),
            href: Some(paths::subject(&alone.subject)),
            meta: format!(
                "You published it without a second check. Another person has to approve it.{}",
                describe_unapproved(alone, edition)
            ),
            more: None,
        }));
        items.extend(self.withdrawals.iter().filter(|asked| mine(&asked.asked_by)).map(|asked| Item {
            tag: Some("Withdrawal"),
            title: withdrawal(edition, asked),
            href: Some(paths::withdraw(&asked.subject)),
            meta: format!("You asked for it {}. A publisher has to confirm it.", relative_time(asked.asked_at, now)),
            more: None,
        }));
        items.extend(self.redactions.iter().filter(|asked| mine(&asked.asked_by)).map(|asked| Item {
            tag: Some("Removal"),
            title: removal(asked),
            href: Some(paths::redaction(asked.id)),
            meta: format!("You asked for it {}. Another person has to confirm it.", relative_time(asked.asked_at, now)),
            more: None,
        }));
        items
    }

    /// Drafts that whoever looks started or wrote, whoever saved them last.
    fn mine(&self, viewer: Viewer<'_>) -> Vec<Item> {
        let Viewer { actor, edition, now } = viewer;
        let own = self.drafts.iter().filter(|open| {
            let draft = &open.looked.draft;
            [draft.saved_by.id, draft.started_by.id].contains(&actor.id()) || self.written.contains(&draft.subject)
        });
        own.map(|OpenDraft { looked, ready }| {
            let draft = &looked.draft;
            let review = draft.state == State::Review;
            Item {
                tag: Some(if *ready { READY } else { draft.state.words() }),
                title: titles::title(draft, edition),
                href: Some(if review { review_path(looked) } else { paths::subject(&draft.subject) }),
                meta: format!("Saved by {}, {}", draft.saved_by.name, relative_time(draft.saved_at, now)),
                more: None,
            }
        })
        .collect()
    }

    /// The two people of a request by name to review a draft; none where nobody was named, or that person cannot review any more.
    fn asked(&self, looked: &ReviewState) -> Option<(&str, &Person)> {
        let subject = looked.draft.subject.to_string();
        let (_, review) = self.reviews.iter().find(|(of, _)| *of == subject)?;
        let reviewer = review.reviewer.as_ref().filter(|reviewer| reviewer.may_review)?;
        Some((&review.writer.name, &reviewer.person))
    }

    /// A draft that waits for whoever looks, if it does.
    fn draft_waits(&self, open: &OpenDraft, viewer: Viewer<'_>) -> Option<Item> {
        let Viewer { actor, edition, now } = viewer;
        let looked = &open.looked;
        let draft = &looked.draft;
        let item = |tag, meta| Item {
            tag: Some(tag),
            title: titles::title(draft, edition),
            href: Some(review_path(looked)),
            meta,
            more: None,
        };
        let publishes = actor.is_any(Publishing::ROLES);
        if open.ready {
            let seen: Vec<&str> = looked.seen.iter().map(|sight| sight.person.name.as_str()).collect();
            let next = if publishes { "Publish it from there." } else { "A publisher can publish it." };
            let meta = format!("Seen by {}. {next}", Language::default().list(&seen));
            return (publishes || looked.is_by(actor)).then(|| item(READY, meta));
        }
        match draft.state {
            State::Back if [draft.saved_by.id, draft.started_by.id].contains(&actor.id()) => {
                let meta = draft.comment.clone().unwrap_or_else(|| "Without a comment.".to_owned());
                Some(Item { href: Some(paths::subject(&draft.subject)), ..item("Sent back", meta) })
            }
            State::Review if !looked.has_seen(actor) => {
                let written = format!("Written by {}, {}", draft.saved_by.name, relative_time(draft.saved_at, now));
                match self.asked(looked) {
                    Some((_, reviewer)) if reviewer.id != actor.id() => None,
                    Some((asker, _)) => Some(item("For review", format!("{asker} asks you. {written}"))),
                    None => Some(item("For review", written)),
                }
            }
            State::Review if looked.is_approved() && looked.is_by(actor) => Some(item(
                "Approved",
                "Something has to be put right before it can be published: the review says what.".to_owned(),
            )),
            State::Draft | State::Review | State::Back => None,
        }
    }
}

fn review_path(looked: &ReviewState) -> String {
    paths::draft_review(&looked.draft.subject)
}

/// The text or change that an entry published, in words.
fn what(alone: &Unapproved, edition: &Edition) -> String {
    let subject = EntrySubject::from(&alone.subject);
    let called = display_name(edition, subject);
    let what = match alone.kind {
        Kind::Withdrawal if version_actions::is_of_banner(edition, subject) => format!("the end of {called}"),
        Kind::Withdrawal => format!("the withdrawal of {called}"),
        Kind::Correction => format!("a correction to {called}"),
        _ => called,
    };
    format!("Entry {}: {what}", alone.entry)
}

/// Says that a banner is no longer shown, if its start still waits for a second person.
fn describe_unapproved(alone: &Unapproved, edition: &Edition) -> &'static str {
    let ended = alone.kind == Kind::Version
        && version_actions::banner_end(edition, EntrySubject::from(&alone.subject)).is_some();
    if ended { " The banner has ended since; what is asked is whether it was right to show it." } else { "" }
}

fn withdrawal(edition: &Edition, asked: &WithdrawalRequest) -> String {
    let subject = EntrySubject::from(&asked.subject);
    let action = if version_actions::is_of_banner(edition, subject) { "End" } else { "Withdraw" };
    format!("{action} {}", display_name(edition, subject))
}

fn removal(asked: &RedactionRequest) -> String {
    match asked.entries.len() {
        1 => "Remove a text".to_owned(),
        count => format!("Remove {count} texts"),
    }
}
