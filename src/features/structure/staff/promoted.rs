//! `/promoted-answers`: the answers that the search puts first, in order.

use askama::Template;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::Actor;
use crate::desk::now::DeskNow;
use crate::desk::paths;
use crate::desk::shell::{StaffShell, said};
use crate::features::drafts::DraftContent;
use crate::features::structure::model::link_field;
use crate::features::structure::promoted as rules;
use crate::features::structure::promoted::LIST;
use crate::features::structure::shared::{SECTION, may_change};
use crate::features::structure::staff::actions::Actions;
use crate::features::structure::staff::site_wide::{Known, SiteWideForm, TypedForm};
use crate::features::structure::staff::{Standing, rearrange};
use crate::site::edition::Edition;
use crate::site::model::{Promoted, PromotedAnswer};
use crate::site::subject::Subject;

#[derive(Template)]
#[template(path = "structure/promoted.html")]
struct PromotedPage {
    shell: StaffShell,
    may_change: bool,
    standing: Option<Standing>,
    actions: Actions,
    form: TypedForm<PromotedForm>,
    rows: Vec<NumberedRow>,
}

/// An answer in the form, with the ids of its fields.
struct NumberedRow {
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
pub(crate) struct PromotedForm {
    rows: Vec<Row>,
}

impl SiteWideForm for PromotedForm {
    const SUBJECT: Subject = Subject::Promoted;
    const PATH: &'static str = paths::PROMOTED;
    type Context = ();

    async fn read_context(_: &DeskNow) -> Result<(), AppError> {
        Ok(())
    }

    fn of(content: &DraftContent) -> Self {
        let DraftContent::Promoted(promoted) = content else { return Self::default() };
        let placed = promoted.answers.iter().zip(1..);
        let row = |(answer, place): (&PromotedAnswer, i32)| Row { answer: answer.clone(), place: place.to_string() };
        Self { rows: placed.map(row).collect() }
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
        Self { rows: rows.collect() }
    }

    fn check(&self, edition: &Edition, _: &Known<Self>, press: &str) -> Result<DraftContent, Problems> {
        let mut promoted = Promoted { answers: self.rows.iter().map(Row::answer).collect() };
        let problems = rules::problems(edition, &promoted);
        if !problems.is_empty() {
            return Err(problems);
        }
        rearrange(&mut promoted.answers, LIST, self.rows.iter().map(|row| row.place.clone()), press);
        Ok(DraftContent::Promoted(promoted))
    }

    fn page(
        desk: &DeskNow,
        actor: &Actor,
        known: &Known<Self>,
        mut form: TypedForm<Self>,
        query: Option<&str>,
    ) -> Result<Response, AppError> {
        let edition = &desk.edition;
        let rows = std::mem::take(&mut form.fields.rows);
        let page = PromotedPage {
            shell: desk.shell(Some(actor), "Promoted answers", SECTION).saying(said(query)),
            may_change: may_change(actor),
            standing: known.draft.as_ref().map(Standing::of),
            actions: Actions::of(actor, Some(&edition.published.promoted), edition.at),
            rows: rows.into_iter().enumerate().map(|(at, row)| NumberedRow { at, ids: Ids::of(at), row }).collect(),
            form,
        };
        respond::form(&page, &page.form.problems)
    }
}
