//! `/promoted-answers`: the answers that the search puts first, in order.

use askama::Template;
use axum::extract::RawQuery;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::permission::{Editing, Reading};
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::saving::MadeOf;
use crate::features::drafts::{Draft, DraftContent};
use crate::features::structure::model::link_field;
use crate::features::structure::promoted as rules;
use crate::features::structure::promoted::LIST;
use crate::features::structure::shared::{SECTION, may_change};
use crate::features::structure::staff::deeds::Deeds;
use crate::features::structure::staff::{Clash, Outcome, Standing, draft_of, rearrange, save_form};
use crate::site::edition::Edition;
use crate::site::model::{Promoted, PromotedAnswer};
use crate::site::subject::Subject;

const HERE: &str = paths::PROMOTED;

#[derive(Template)]
#[template(path = "structure/promoted.html")]
struct PromotedPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    deeds: Deeds,
    form: PromotedForm,
    rows: Vec<Shown>,
}

/// An answer in the form, with the ids of its fields.
struct Shown {
    at: usize,
    ids: Ids,
    row: Row,
}

struct Ids {
    words: String,
    sentence: String,
    number: String,
    link: String,
}

impl Ids {
    fn of(at: usize) -> Self {
        let [words, sentence, number, link] =
            ["words", "sentence", "number", "link"].map(|field| link_field(LIST, field, at));
        Self { words, sentence, number, link }
    }
}

/// An answer as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Row {
    answer: PromotedAnswer,
    place: String,
}

impl Row {
    fn is_empty(&self) -> bool {
        let PromotedAnswer { words, sentence, number, link } = &self.answer;
        [words, sentence, number, link].into_iter().all(|typed| typed.trim().is_empty())
    }

    /// The answer as the draft keeps it: its words in order, and the rest without blanks around it.
    fn answer(&self) -> PromotedAnswer {
        let PromotedAnswer { words, sentence, number, link } = &self.answer;
        PromotedAnswer {
            words: rules::words(words).unwrap_or_else(|_| words.trim().to_owned()),
            sentence: sentence.trim().to_owned(),
            number: number.trim().to_owned(),
            link: link.trim().to_owned(),
        }
    }
}

/// The answers as they were typed, or as they are when the form is opened.
#[derive(Default)]
struct PromotedForm {
    made_of: MadeOf,
    rows: Vec<Row>,
    problems: Problems,
    clash: Option<Clash>,
}

impl PromotedForm {
    fn of(promoted: &Promoted, made_of: MadeOf) -> Self {
        let placed = promoted.answers.iter().zip(1..);
        let row = |(answer, place): (&PromotedAnswer, i32)| Row { answer: answer.clone(), place: place.to_string() };
        Self { made_of, rows: placed.map(row).collect(), ..Self::default() }
    }

    /// Rows that hold nothing are left out: the last is there to be filled in.
    fn read(sent: &Fields) -> Self {
        let all = |field: &str| -> Vec<String> { sent.all(&format!("{LIST}-{field}")).map(str::to_owned).collect() };
        let [sentences, numbers, links, places] = ["sentence", "number", "link", "place"].map(all);
        let cell = |column: &[String], at: usize| column.get(at).cloned().unwrap_or_default();
        let row = |(at, words): (usize, String)| Row {
            answer: PromotedAnswer {
                words,
                sentence: cell(&sentences, at),
                number: cell(&numbers, at),
                link: cell(&links, at),
            },
            place: cell(&places, at),
        };
        let rows = all("words").into_iter().enumerate().map(row).filter(|row| !row.is_empty());
        Self { made_of: MadeOf::read(sent), rows: rows.collect(), ..Self::default() }
    }
}

pub(crate) async fn show(desk: DeskNow, actor: By<Reading>, RawQuery(query): RawQuery) -> Result<Response, AppError> {
    let draft = draft_of(&desk, &Subject::Promoted).await?;
    let edition = &desk.edition;
    let made_of = MadeOf::now(draft.as_ref(), edition.published.promoted.number_at(edition.at));
    let form = match draft.as_ref().map(|draft| &draft.content) {
        Some(DraftContent::Promoted(promoted)) => PromotedForm::of(promoted, made_of),
        _ => PromotedForm::of(&edition.promoted, made_of),
    };
    page(&desk, &actor, draft.as_ref(), form, query.as_deref())
}

fn page(
    desk: &DeskNow,
    actor: &Actor,
    draft: Option<&Draft>,
    mut form: PromotedForm,
    query: Option<&str>,
) -> Result<Response, AppError> {
    let edition = &desk.edition;
    let rows = std::mem::take(&mut form.rows);
    let page = PromotedPage {
        shell: desk.shell(Some(actor), "Promoted answers", SECTION).saying(said(query)),
        may_change: may_change(actor),
        standing: draft.map(Standing::of),
        deeds: Deeds::of(actor, Some(&edition.published.promoted), edition.at),
        rows: rows.into_iter().enumerate().map(|(at, row)| Shown { at, ids: Ids::of(at), row }).collect(),
        form,
    };
    respond::form(&page, &page.form.problems)
}

pub(crate) async fn save(desk: DeskNow, actor: By<Editing>, Form(sent): Form<Fields>) -> Result<Response, AppError> {
    let draft = draft_of(&desk, &Subject::Promoted).await?;
    let edition = &desk.edition;
    let mut form = PromotedForm::read(&sent);
    let promoted = match check(edition, &form, sent.get("press")) {
        Ok(promoted) => promoted,
        Err(problems) => {
            form.problems = problems;
            return page(&desk, &actor, draft.as_ref(), form, None);
        }
    };
    let mine = PromotedForm::of(&promoted, form.made_of);
    let content = DraftContent::Promoted(promoted);
    match save_form(&desk, &actor, &Subject::Promoted, &content, form.made_of, draft.is_some()).await? {
        Outcome::Saved => respond::see_other(&Flash::Saved.at(HERE)),
        Outcome::Unchanged => respond::see_other(HERE),
        Outcome::Clash(clash) => {
            let (made_of, problems) = (clash.made_of, Problems::conflict());
            let form = PromotedForm { made_of, clash: Some(*clash), problems, ..mine };
            page(&desk, &actor, draft.as_ref(), form, None)
        }
    }
}

/// The answers that a form describes.
fn check(edition: &Edition, typed: &PromotedForm, press: &str) -> Result<Promoted, Problems> {
    let mut promoted = Promoted { answers: typed.rows.iter().map(Row::answer).collect() };
    let problems = rules::problems(edition, &promoted);
    if !problems.is_empty() {
        return Err(problems);
    }
    rearrange(&mut promoted.answers, LIST, typed.rows.iter().map(|row| row.place.clone()), press);
    Ok(promoted)
}
