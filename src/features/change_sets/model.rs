//! What a change set is: its parts, the fingerprint of all of them, who has seen them, and what makes it stale.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::base::audit::model::Recorded;
use crate::base::ledger::Hash;
use crate::desk::accounts::Actor;
use crate::desk::accounts::doubt::Doubted;
use crate::features::drafts::Draft;
use crate::features::drafts::model::{Person, SeenBy};
use crate::features::publishing::model::{ReviewState, Seen};
use crate::features::publishing::together;
use crate::features::publishing::together::{Step, Together};
use crate::site::edition::Edition;
use crate::site::model::{Facts, WithdrawalContent};
use crate::site::subject::Subject;

/// The longest title, in characters.
pub const LONGEST_TITLE: usize = 120;

/// The longest note of what changed, in characters.
pub const LONGEST_NOTE: usize = 1000;

/// The most parts of one set.
pub const MOST_PARTS: usize = 100;

/// How far a set has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Being put together.
    Draft,
    /// Waits for a second person.
    Review,
    /// Came back with a comment.
    Back,
    /// Its parts are versions now.
    Published,
    /// Nothing comes of it.
    Cancelled,
}

impl Stage {
    /// Every stage.
    pub const ALL: [Self; 5] = [Self::Draft, Self::Review, Self::Back, Self::Published, Self::Cancelled];

    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Review => "review",
            Self::Back => "back",
            Self::Published => "published",
            Self::Cancelled => "cancelled",
        }
    }

    /// The stage with a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// For people.
    pub fn words(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Review => "For review",
            Self::Back => "Sent back",
            Self::Published => "Published",
            Self::Cancelled => "Cancelled",
        }
    }

    /// The class of its tag.
    pub fn class(self) -> &'static str {
        match self {
            Self::Draft | Self::Cancelled => "tag",
            Self::Review => "tag tag-wait",
            Self::Back => "tag tag-off",
            Self::Published => "tag tag-on",
        }
    }

    /// Tells that something can still come of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Review | Self::Back)
    }
}

/// A change set without its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    /// Its id.
    pub id: Uuid,
    /// Its title, for staff.
    pub title: String,
    /// What changed, kept with those of its entries whose contents have no change note.
    pub note: String,
    /// How far it has come.
    pub stage: Stage,
    /// Why it was sent back.
    pub comment: Option<String>,
    /// The person who made it.
    pub made_by: Person,
    /// When.
    pub made_at: Timestamp,
    /// The account that asked for its review.
    pub asked_by: Option<Uuid>,
    /// The entries of the ledger that it made, in their order.
    pub entries: Vec<i64>,
    /// Who published or cancelled it, and when.
    pub closed: Option<(Person, Timestamp)>,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The draft that was started at this time.
    Draft(Timestamp),
    /// A withdrawal of what is in force.
    Withdrawal(WithdrawalContent),
}

/// A part as it was taken into a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its subject.
    pub subject: Subject,
    /// What it is.
    pub kind: Kind,
    /// The entry of its subject that was in force then; none for something new.
    pub base: Option<i64>,
    /// The person who took it into the set.
    pub added_by: Person,
    /// When.
    pub added_at: Timestamp,
}

/// A part with what there is of it now.
#[derive(Clone, Debug)]
pub struct Member {
    /// The part as it was taken.
    pub part: Part,
    /// The draft of its subject, whichever it is.
    pub draft: Option<Draft>,
    /// The people who have seen the present text of the draft.
    pub sights: Vec<SeenBy>,
    /// What became of its draft, where it is not there any more, by the audit log.
    pub became: Option<Recorded>,
}

impl Member {
    /// The draft that was taken, if it is still there.
    pub fn own_draft(&self) -> Option<&Draft> {
        let Kind::Draft(started_at) = self.part.kind else { return None };
        self.draft.as_ref().filter(|draft| draft.started_at == started_at)
    }

    /// What would happen to its subject; none where its draft is gone.
    pub fn step(&self) -> Option<Step<'_>> {
        match &self.part.kind {
            Kind::Draft(_) => self.own_draft().map(|draft| Step::Draft(&draft.content)),
            Kind::Withdrawal(content) => Some(Step::Withdrawal(content)),
        }
    }

    /// The account that wrote it last.
    pub fn writer(&self) -> &Person {
        self.own_draft().map_or(&self.part.added_by, |draft| &draft.saved_by)
    }
}

/// Why a part can not be published as it was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stale {
    /// Its draft was published alone, deleted, or destroyed by a redaction; the audit log has it.
    Gone(Option<Box<Recorded>>),
    /// Another draft was started since.
    Restarted(Person),
    /// Another version of its subject came into force, or none is in force any more.
    Overtaken,
    /// The text that it would withdraw was removed by a redaction.
    Redacted,
}

/// A set with all that is known of its parts.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The set.
    pub set: ChangeSet,
    /// Its parts, in the order in which they are entered.
    pub members: Vec<Member>,
    /// The people who approved it, by the fingerprint that they saw.
    pub approvals: Vec<(Hash, Person, Timestamp)>,
    /// Accounts that do not count as a second person.
    pub doubted: Doubted,
}

impl Whole {
    /// Puts the parts into the order in which they are entered.
    pub fn sort(&mut self) {
        self.members.sort_by_key(|member| {
            let step = match &member.part.kind {
                Kind::Withdrawal(content) => Some(Step::Withdrawal(content)),
                Kind::Draft(_) => member.draft.as_ref().map(|draft| Step::Draft(&draft.content)),
            };
            (step.map(|step| together::rank(&member.part.subject, step)), member.part.subject.clone())
        });
    }

    /// The parts whose drafts are there, with what would happen to them.
    pub fn steps(&self) -> Vec<(&Subject, Step<'_>)> {
        self.members.iter().filter_map(|member| Some((&member.part.subject, member.step()?))).collect()
    }

    /// The facts that its texts are served with.
    pub fn facts(&self, edition: &Edition) -> Arc<Facts> {
        together::facts(self.members.iter().filter_map(Member::step), edition)
    }

    /// Checks all parts together, as they would come into force at an instant.
    pub fn prepare(&self, edition: &Edition, in_force_at: Timestamp) -> Together {
        together::prepare(&self.steps(), edition, in_force_at)
    }

    /// SHA-256 over all that would be public: two people must have seen the same. What a part replaces belongs to it.
    pub fn fingerprint(&self, edition: &Edition) -> Hash {
        let facts = self.facts(edition);
        let parts = self.members.iter().map(|member| {
            let text = member.own_draft().map(|draft| (draft.fingerprint, draft.content.facts_in(&facts)));
            let withdrawal = match &member.part.kind {
                Kind::Withdrawal(content) => Some(content),
                Kind::Draft(_) => None,
            };
            json!([member.part.subject.to_string(), member.part.base, text, withdrawal])
        });
        let parts: Vec<serde_json::Value> = parts.collect();
        Hash::of(json!({ "note": self.set.note, "parts": parts }).to_string().as_bytes())
    }

    /// The parts that cannot be published as they were taken, with the reason.
    pub fn stale(&self, edition: &Edition) -> Vec<(&Subject, Stale)> {
        let stale = |member: &Member| -> Option<Stale> {
            if let Kind::Draft(_) = member.part.kind
                && member.own_draft().is_none()
            {
                return Some(match &member.draft {
                    Some(other) => Stale::Restarted(other.started_by.clone()),
                    None => Stale::Gone(member.became.clone().map(Box::new)),
                });
            }
            if entry_in_force(edition, &member.part.subject) != member.part.base {
                return Some(Stale::Overtaken);
            }
            let is_redacted = matches!(member.part.kind, Kind::Withdrawal(_))
                && matches!(&member.part.subject, Subject::Notice(name)
                    if edition.published.notices.get(name.as_str()).and_then(|notice| notice.in_force(edition.at))
                        .is_some_and(|version| version.redaction.is_some()));
            is_redacted.then_some(Stale::Redacted)
        };
        self.members.iter().filter_map(|member| Some((&member.part.subject, stale(member)?))).collect()
    }

    /// The people who approved exactly this set.
    pub fn approvers(&self, fingerprint: Hash) -> impl Iterator<Item = (&Person, Timestamp)> {
        self.approvals.iter().filter(move |(seen, ..)| *seen == fingerprint).map(|(_, person, at)| (person, *at))
    }

    /// Everybody who has seen exactly what a part would publish: who wrote it, who approved it alone, and who approved the whole set.
    pub fn sights(&self, member: &Member, facts: &Facts, fingerprint: Hash) -> Vec<SeenBy> {
        let text = member.own_draft().and_then(|draft| draft.content.facts_in(facts));
        let approved = self.approvers(fingerprint).map(|(person, at)| SeenBy {
            person: person.clone(),
            wrote: false,
            facts: text,
            at,
        });
        if let Some(draft) = member.own_draft() {
            let sights = member.sights.iter().cloned().chain(approved).collect();
            return ReviewState::new(draft.clone(), sights, facts, self.doubted.clone()).seen;
        }
        let part = &member.part;
        let wrote = SeenBy { person: part.added_by.clone(), wrote: true, facts: None, at: part.added_at };
        let mut sights = vec![wrote];
        for sight in approved {
            if sights.iter().all(|known| known.person.id != sight.person.id) {
                sights.push(sight);
            }
        }
        sights
    }

    /// Everybody who stands for a part once `publisher` publishes the set.
    pub fn seen(&self, member: &Member, facts: &Facts, fingerprint: Hash, publisher: &Actor) -> Vec<Seen> {
        let sights = self.sights(member, facts, fingerprint);
        Seen::with_publisher(&sights, publisher, member.writer().id, &self.doubted)
    }

    /// Tells that two people have seen exactly what each part would publish, and nobody sent it back.
    pub fn is_approved(&self, edition: &Edition) -> bool {
        let (facts, fingerprint) = (self.facts(edition), self.fingerprint(edition));
        let two = |member: &Member| {
            let sights = self.sights(member, &facts, fingerprint);
            sights.iter().filter(|sight| !self.doubted.holds(sight.person.id)).count() > 1
        };
        self.set.stage != Stage::Back && !self.members.is_empty() && self.members.iter().all(two)
    }

    /// Tells that a person has seen exactly what every part would publish.
    pub fn has_seen(&self, edition: &Edition, actor: &Actor) -> bool {
        let (facts, fingerprint) = (self.facts(edition), self.fingerprint(edition));
        let has = |member: &Member| {
            self.sights(member, &facts, fingerprint).iter().any(|sight| sight.person.id == actor.id())
        };
        self.members.iter().all(has)
    }

    /// Tells that a person made the set or wrote a part of it.
    pub fn is_by(&self, actor: &Actor) -> bool {
        let by = |member: &Member| {
            let draft = member.own_draft();
            let people = draft.into_iter().flat_map(|draft| [draft.started_by.id, draft.saved_by.id]);
            people.chain([member.part.added_by.id]).any(|id| id == actor.id())
        };
        self.set.made_by.id == actor.id() || self.members.iter().any(by)
    }

    /// The accounts that are told what becomes of it: who made it, who wrote parts of it, and who asked for its review.
    pub fn authors(&self) -> Vec<Uuid> {
        let writers = self.members.iter().map(|member| member.writer().id);
        let mut ids: Vec<Uuid> = writers.chain([self.set.made_by.id]).chain(self.set.asked_by).collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Tells that it has a part whose content has no change note, so that the set's own is kept with it.
    pub fn needs_note(&self) -> bool {
        self.members.iter().any(|member| !matches!(member.part.subject, Subject::Notice(_)))
    }
}

/// The entry that decides what is in force of a subject, a withdrawal too; none before the first.
pub fn entry_in_force(edition: &Edition, subject: &Subject) -> Option<i64> {
    let (published, at) = (&edition.published, edition.at);
    match subject {
        Subject::Notice(name) => published.notices.get(name.as_str())?.timeline.number_at(at),
        Subject::Page(name) => published.pages.get(name.as_str())?.number_at(at),
        Subject::Facts => published.facts.number_at(at),
        Subject::Navigation => published.navigation.number_at(at),
        Subject::Promoted => published.promoted.number_at(at),
    }
}

#[cfg(test)]
mod tests {
    use super::Stage;

    #[test]
    fn a_stage_is_read_back_as_written() {
        for stage in Stage::ALL {
            assert_eq!(Stage::named(stage.name()), Some(stage));
        }
        assert_eq!(Stage::named("lost"), None);
    }
}
