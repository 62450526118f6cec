//! What waits for somebody: for whoever looks, as far as their roles reach.

use jiff::{SignedDuration, Timestamp};
use sqlx::PgConnection;

use crate::base::audit;
use crate::base::audit::Action;
use crate::base::audit::model::{Filter, Recorded};
use crate::base::ledger::Kind;
use crate::base::web::heavy::off_async_threads;
use crate::desk::accounts::doubt::Doubted;
use crate::desk::accounts::{Actor, Role};
use crate::desk::paths;
use crate::desk::permission::{Administering, ConfirmingRedaction, Editing, Permission as _, Publishing, Redacting};
use crate::features::dashboard::model::{ago, called, path};
use crate::features::drafts;
use crate::features::drafts::model::Person;
use crate::features::drafts::{State, titles};
use crate::features::publishing::deeds;
use crate::features::publishing::model::Looked;
use crate::features::publishing::ready;
use crate::features::publishing::ready::READY;
use crate::features::publishing::store as workflow;
use crate::features::publishing::store::{Alone, RedactionRequest, WithdrawalRequest};
use crate::site::edition::Edition;

/// How long an account's reset is shown to administrators.
const RESETS_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);
/// What administrators are shown about accounts.
const SHOWN: [Action; 5] =
    [Action::StaffReset, Action::RecoveryCodeUsed, Action::StaffAdded, Action::StaffChanged, Action::StaffVouched];
/// Resets shown.
const MOST_RESETS: i64 = 20;

/// A line of a list.
#[derive(Default)]
pub(super) struct Item {
    /// What sort of thing, where a list holds several.
    pub(super) tag: Option<&'static str>,
    pub(super) title: String,
    pub(super) href: Option<String>,
    pub(super) meta: String,
    /// One more thing to do: label and address.
    pub(super) more: Option<(&'static str, String)>,
}

/// A draft.
struct OpenDraft {
    looked: Looked,
    /// Whether nothing is left to do but to publish it.
    ready: bool,
}

/// What the database knows of it.
#[derive(Default)]
pub(super) struct Tasks {
    drafts: Vec<OpenDraft>,
    /// Subjects of drafts that whoever looks wrote a text of.
    written: Vec<String>,
    alone: Vec<(i64, Kind, String, Alone)>,
    withdrawals: Vec<(String, WithdrawalRequest)>,
    redactions: Vec<RedactionRequest>,
    resets: Vec<(Action, Recorded)>,
    people: Vec<(uuid::Uuid, String)>,
}

pub(super) async fn find(
    connection: &mut PgConnection,
    actor: &Actor,
    edition: &Edition,
    now: Timestamp,
) -> Result<Tasks, sqlx::Error> {
    let mut found = Tasks::default();
    if actor.is_any(Editing::ROLES) {
        let doubted = Doubted::find(connection, now).await?;
        let sights = drafts::store::all_sights(connection).await?;
        let all = drafts::store::all(connection).await?.into_iter().map(|draft| {
            let subject = draft.subject.to_string();
            let own = sights.iter().filter(|(of, _)| *of == subject).map(|(_, sight)| sight.clone());
            let looked = Looked::new(draft, own.collect(), &edition.facts, doubted.clone());
            OpenDraft { ready: off_async_threads(|| ready::is_ready(&looked, edition)), looked }
        });
        found.drafts = all.collect();
        found.written = drafts::store::written_by(connection, actor.id()).await?;
        found.alone = workflow::all_alone(connection).await?;
        found.withdrawals = workflow::withdrawal_requests(connection).await?;
    }
    if actor.is_any(ConfirmingRedaction::ROLES) || actor.is_any(Redacting::ROLES) {
        found.redactions = workflow::redactions(connection, None).await?;
        found.redactions.retain(|asked| asked.closed.is_none());
    }
    if actor.is_any(Administering::ROLES) {
        for action in SHOWN {
            let filter = Filter { action: Some(action), from: Some(now - RESETS_FOR), ..Filter::default() };
            let rows = audit::store::page(connection, &filter, None, MOST_RESETS).await?;
            let rows = rows.into_iter().filter(|row| is_told(action, row));
            found.resets.extend(rows.map(|row| (action, row)));
        }
        found.people = audit::store::people(connection).await?;
    }
    Ok(found)
}

impl Tasks {
    /// What only whoever looks, or somebody like them, can move on.
    pub(super) fn waiting(&self, edition: &Edition, actor: &Actor, now: Timestamp) -> Vec<Item> {
        let mine = |person: &Person| person.id == actor.id();
        let mut items: Vec<Item> =
            self.drafts.iter().filter_map(|open| draft_waits(open, edition, actor, now)).collect();
        let others = self.alone.iter().filter(|(_, _, _, alone)| !mine(&alone.publisher));
        items.extend(others.map(|(entry, kind, subject, alone)| Item {
            tag: Some("Published alone"),
            title: format!("Entry {entry}: {}", what(*kind, edition, subject)),
            href: Some(paths::entry_approve(entry)),
            meta: format!(
                "{} published it alone. Reason: {}{}",
                alone.publisher.name,
                alone.reason,
                over(*kind, edition, subject)
            ),
            more: None,
        }));
        let publishes = actor.is_any(Publishing::ROLES);
        let asked = self.withdrawals.iter().filter(|(_, asked)| publishes && !mine(&asked.asked_by));
        items.extend(asked.map(|(subject, asked)| Item {
            tag: Some("Withdrawal"),
            title: withdrawal(edition, subject),
            href: path(subject).map(|path| format!("{path}/withdraw")),
            meta: format!("{} asked {}. {}", asked.asked_by.name, ago(asked.asked_at, now), asked.note),
            more: None,
        }));
        let confirms = actor.is_any(ConfirmingRedaction::ROLES);
        items.extend(self.redactions.iter().filter(|asked| confirms && !mine(&asked.asked_by)).map(|asked| Item {
            tag: Some("Removal"),
            title: removal(asked),
            href: Some(paths::redaction(asked.id)),
            meta: format!("{} asked {}. Ground: {}", asked.asked_by.name, ago(asked.asked_at, now), asked.ground),
            more: None,
        }));
        items.extend(self.resets.iter().map(|(action, reset)| self.reset(*action, reset, now)));
        items
    }

    /// What whoever looks has done their part of, and another has not.
    pub(super) fn elsewhere(&self, edition: &Edition, actor: &Actor, now: Timestamp) -> Vec<Item> {
        let mine = |person: &Person| person.id == actor.id();
        let looked = self.drafts.iter().map(|open| &open.looked);
        let reviews = looked
            .filter(|looked| looked.draft.state == State::Review && !looked.is_approved() && looked.has_seen(actor));
        let mut items: Vec<Item> = reviews
            .map(|looked| Item {
                tag: Some("For review"),
                title: titles::title(&looked.draft, edition),
                href: Some(review_path(looked)),
                meta: "Another person has to read and approve it.".to_owned(),
                more: None,
            })
            .collect();
        let own = self.alone.iter().filter(|(_, _, _, alone)| mine(&alone.publisher));
        items.extend(own.map(|(entry, kind, subject, _)| Item {
            tag: Some("Published alone"),
            title: format!("Entry {entry}: {}", what(*kind, edition, subject)),
            href: path(subject),
            meta: format!("You let it out alone. Another person has to approve it.{}", over(*kind, edition, subject)),
            more: None,
        }));
        items.extend(self.withdrawals.iter().filter(|(_, asked)| mine(&asked.asked_by)).map(|(subject, asked)| Item {
            tag: Some("Withdrawal"),
            title: withdrawal(edition, subject),
            href: path(subject).map(|path| format!("{path}/withdraw")),
            meta: format!("You asked for it {}. A publisher has to confirm it.", ago(asked.asked_at, now)),
            more: None,
        }));
        items.extend(self.redactions.iter().filter(|asked| mine(&asked.asked_by)).map(|asked| Item {
            tag: Some("Removal"),
            title: removal(asked),
            href: Some(paths::redaction(asked.id)),
            meta: format!("You asked for it {}. Another person has to confirm it.", ago(asked.asked_at, now)),
            more: None,
        }));
        items
    }

    /// Drafts that whoever looks started or wrote, whoever saved them last.
    pub(super) fn mine(&self, edition: &Edition, actor: &Actor, now: Timestamp) -> Vec<Item> {
        let own = self.drafts.iter().filter(|open| {
            let draft = &open.looked.draft;
            let subject = draft.subject.to_string();
            [draft.saved_by.id, draft.started_by.id].contains(&actor.id()) || self.written.contains(&subject)
        });
        own.map(|OpenDraft { looked, ready }| {
            let draft = &looked.draft;
            let review = draft.state == State::Review;
            Item {
                tag: Some(if *ready { READY } else { draft.state.words() }),
                title: titles::title(draft, edition),
                href: Some(if review { review_path(looked) } else { paths::subject(&draft.subject) }),
                meta: format!("Saved by {}, {}", draft.saved_by.name, ago(draft.saved_at, now)),
                more: None,
            }
        })
        .collect()
    }

    fn reset(&self, action: Action, reset: &Recorded, now: Timestamp) -> Item {
        let id = reset.subject.split_once(':').and_then(|(_, id)| id.parse::<uuid::Uuid>().ok());
        let name = id.and_then(|id| self.people.iter().find(|(known, _)| *known == id));
        Item {
            tag: Some("Account"),
            title: name.map_or_else(|| reset.subject.clone(), |(_, name)| name.clone()),
            href: Some(paths::PEOPLE.to_owned()),
            meta: format!(
                "{} {}{}, {}. If nobody asked for it, suspend the account.",
                reset.actor_name,
                action.words(),
                match releasing_roles(reset).as_slice() {
                    [] => String::new(),
                    roles => format!(" and gave the role of {}", roles.join(", ")),
                },
                ago(reset.at, now)
            ),
            more: None,
        }
    }
}

/// Whether administrators are told of a row: of a change, only where a role came with it that releases or destroys text.
fn is_told(action: Action, row: &Recorded) -> bool {
    if action != Action::StaffChanged {
        return true;
    }
    !releasing_roles(row).is_empty()
}

/// The roles that release or destroy text which an account got with what was recorded.
fn releasing_roles(row: &Recorded) -> Vec<&'static str> {
    let details: serde_json::Value = serde_json::from_str(&row.details).unwrap_or_default();
    let has = |field: &str, role: Role| {
        details
            .get(field)
            .and_then(serde_json::Value::as_array)
            .is_some_and(|held| held.iter().any(|held| held == role.name()))
    };
    let gained = Role::RELEASING.into_iter().filter(|role| has("roles", *role) && !has("roles_before", *role));
    gained.map(Role::words).collect()
}

fn review_path(looked: &Looked) -> String {
    paths::draft_review(&looked.draft.subject)
}

/// What an entry let out.
fn what(kind: Kind, edition: &Edition, subject: &str) -> String {
    let called = called(edition, subject);
    match kind {
        Kind::Withdrawal if deeds::is_of_banner(edition, subject) => format!("the end of {called}"),
        Kind::Withdrawal => format!("the withdrawal of {called}"),
        Kind::Correction => format!("a correction to {called}"),
        _ => called,
    }
}

/// That a banner is not shown any more, where its start still waits.
fn over(kind: Kind, edition: &Edition, subject: &str) -> &'static str {
    let ended = kind == Kind::Version && deeds::ended(edition, subject).is_some();
    if ended { " The banner has ended since; what is asked is whether it was right to show it." } else { "" }
}

fn withdrawal(edition: &Edition, subject: &str) -> String {
    let deed = if deeds::is_of_banner(edition, subject) { "End" } else { "Withdraw" };
    format!("{deed} {}", called(edition, subject))
}

fn removal(asked: &RedactionRequest) -> String {
    match asked.entries.len() {
        1 => "Remove a text".to_owned(),
        count => format!("Remove {count} texts"),
    }
}

/// A draft that waits for whoever looks, if it does.
fn draft_waits(open: &OpenDraft, edition: &Edition, actor: &Actor, now: Timestamp) -> Option<Item> {
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
        let next = if publishes { "Publish it from there." } else { "A publisher lets it out." };
        let meta = format!("Seen by {}. {next}", seen.join(" and "));
        return (publishes || looked.is_by(actor)).then(|| item(READY, meta));
    }
    match draft.state {
        State::Back if [draft.saved_by.id, draft.started_by.id].contains(&actor.id()) => {
            let meta = draft.comment.clone().unwrap_or_else(|| "Without a comment.".to_owned());
            Some(Item { href: Some(paths::subject(&draft.subject)), ..item("Sent back", meta) })
        }
        State::Review if !looked.has_seen(actor) => {
            Some(item("For review", format!("Written by {}, {}", draft.saved_by.name, ago(draft.saved_at, now))))
        }
        State::Review if looked.is_approved() && looked.is_by(actor) => Some(item(
            "Approved",
            "Something has to be put right before it can be published: the review says what.".to_owned(),
        )),
        State::Draft | State::Review | State::Back => None,
    }
}
