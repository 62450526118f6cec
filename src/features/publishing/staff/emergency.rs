//! An emergency banner in one step: what happens, where and for how long, and it is up.

use askama::Template;
use axum::response::Response;
use jiff::{SignedDuration, Timestamp, TimestampRound, Unit};
use serde::Deserialize;

use crate::base::clock::{Civil, civil};
use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Problems, read_day, read_time};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::Publishing;
use crate::desk::shell::StaffShell;
use crate::features::drafts;
use crate::features::drafts::model::ExactText;
use crate::features::drafts::{Draft, NoticeDraft, begin, checks};
use crate::features::publishing::model::{FormToken, WorkflowError};
use crate::features::publishing::publish::Release;
use crate::features::publishing::staff::refused;
use crate::features::publishing::{publish, words};
use crate::site::edition::Edition;
use crate::site::model::{Address, Banner, Level, NoticeContent, NoticeKind};
use crate::text::folding::sort_key;

/// Every page, as a banner names it.
const EVERYWHERE: &str = "all";

#[derive(Template)]
#[template(path = "publishing/emergency.html")]
struct EmergencyPage {
    shell: StaffShell,
    form: EmergencyForm,
    /// Pages that it can be shown on alone: address and title.
    pages: Vec<(String, String)>,
}

/// The form of an emergency banner: what it says, where, and how long.
#[derive(Deserialize)]
#[serde(default)]
pub(crate) struct EmergencyForm {
    title: String,
    text: String,
    page: String,
    /// Hours, or `until` for the day and time that are given.
    end: String,
    end_date: String,
    end_time: String,
    #[serde(skip)]
    problems: Problems,
}

impl Default for EmergencyForm {
    fn default() -> Self {
        let nothing = String::new;
        Self {
            title: nothing(),
            text: nothing(),
            page: EVERYWHERE.to_owned(),
            end: "2".to_owned(),
            end_date: nothing(),
            end_time: nothing(),
            problems: Problems::default(),
        }
    }
}

impl EmergencyForm {
    /// The end of the banner, to the minute.
    fn ends_at(&self, now: Timestamp, problems: &mut Problems) -> Option<Timestamp> {
        let at = match self.end.as_str() {
            "2" | "6" => now.checked_add(SignedDuration::from_hours(self.end.parse().unwrap_or(2))).ok(),
            "until" => {
                let day = problems.check("end_date", drafts::words::END, read_day(&self.end_date));
                let time = problems.check("end_time", drafts::words::END, read_time(&self.end_time));
                // Where the clocks change, an emergency is shown for longer and not for less.
                Some(match civil(day?.to_datetime(time?)) {
                    Civil::Once(at) => at,
                    Civil::Twice { second, .. } => second,
                    Civil::Never { after, .. } => after,
                })
            }
            _ => {
                problems.add("end_2", words::NO_END);
                None
            }
        };
        at?.round(TimestampRound::new().smallest(Unit::Minute)).ok()
    }

    /// The banner that the form asks for; none where something is wrong with it.
    fn read(&self, now: Timestamp, problems: &mut Problems) -> Option<NoticeDraft> {
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        let ends_at = self.ends_at(now, problems)?;
        let banner = Banner { level: Level::Emergency, pages: vec![self.page.clone()], ends_at: Some(ends_at) };
        let name = Address::try_from("banner".to_owned()).ok()?;
        let draft = NoticeDraft {
            title,
            markdown: self.text.trim().to_owned(),
            change_note: "First published.".to_owned(),
            banner: Some(banner),
            ..NoticeDraft::new(name, NoticeKind::Banner)
        };
        for problem in checks::content(&draft, now) {
            problems.add(if problem.field == "markdown" { "text" } else { problem.field }, problem.message);
        }
        problems.is_empty().then_some(draft)
    }
}

pub(crate) async fn show(desk: DeskNow, actor: By<Publishing>) -> Result<Response, AppError> {
    page(&desk, &actor, EmergencyForm::default(), Problems::default())
}

pub(crate) async fn publish(
    desk: DeskNow,
    actor: By<Publishing>,
    Form(form): Form<EmergencyForm>,
) -> Result<Response, AppError> {
    let mut problems = Problems::default();
    let (edition, now) = (&desk.edition, desk.now());
    let Some(wanted) = form.read(now, &mut problems) else { return page(&desk, &actor, form, problems) };
    if let Some(name) = up(edition, &wanted) {
        // The second press of a double click, or a colleague was quicker.
        return respond::see_other(&Flash::Published.at(&paths::notice(&name)));
    }
    let Some(banner) = &wanted.banner else { return Err(AppError::NotFound) };
    let draft = begin::begin_banner(&desk, &actor, &wanted.title, &wanted.markdown, banner).await?;
    let Some(draft) = draft else {
        return page(&desk, &actor, form, Problems::one("title", drafts::words::TITLE_TAKEN));
    };
    let release = Release { shown: shown(&draft, edition), in_force_at: None, reason: None, note: None };
    match publish::publish(&desk, &actor, &draft.subject, &release).await {
        Ok(_) | Err(WorkflowError::Gone(_)) => {
            respond::see_other(&Flash::Published.at(&paths::subject(&draft.subject)))
        }
        // What is wrong with the text stands beside it in the editor.
        Err(WorkflowError::NotReady(_)) => respond::see_other(&paths::edit(&draft.subject)),
        Err(error) => refused(&desk, &actor, &paths::subject(&draft.subject), error),
    }
}

/// The draft as it was just made of the form.
fn shown(draft: &Draft, edition: &Edition) -> FormToken {
    let text = ExactText { fingerprint: draft.fingerprint, facts: draft.content.facts_in(&edition.facts) };
    FormToken { revision: draft.revision, text: Some(text) }
}

/// The emergency banner that says this already, and is up.
fn up(edition: &Edition, wanted: &NoticeDraft) -> Option<String> {
    let says = |text: &NoticeContent| {
        text.title == wanted.title && text.markdown == wanted.markdown && is_emergency(text.banner.as_ref(), edition.at)
    };
    let notices = edition.published.notices.values();
    let mut up = notices.filter(|notice| {
        notice.in_force(edition.at).and_then(|version| version.text.as_ref()).is_some_and(|text| says(text))
    });
    up.next().map(|notice| notice.name.clone())
}

fn is_emergency(banner: Option<&Banner>, now: Timestamp) -> bool {
    banner.is_some_and(|banner| banner.level == Level::Emergency && banner.ends_at.is_none_or(|end| end > now))
}

fn page(desk: &DeskNow, actor: &Actor, form: EmergencyForm, problems: Problems) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let now = edition.published.pages.values().filter_map(|page| page.at(edition.at));
    let mut pages: Vec<(String, String)> = now.map(|page| (page.address.to_string(), page.title.clone())).collect();
    pages.sort_by_cached_key(|(_, title)| sort_key(title));
    let page = EmergencyPage {
        shell: desk.shell(Some(actor), "Emergency banner", paths::BANNER_EMERGENCY),
        form: EmergencyForm { problems, ..form },
        pages,
    };
    respond::form(&page, &page.form.problems)
}
