//! The GET and the POST that the forms of facts, navigation and promoted answers share: the site has one of each.

use axum::extract::RawQuery;
use axum::response::Response;

use crate::base::error::AppError;
use crate::base::web::extract::Form;
use crate::base::web::form::{Fields, Problems};
use crate::base::web::respond;
use crate::desk::accounts::{Actor, By};
use crate::desk::flash::Flash;
use crate::desk::now::DeskNow;
use crate::desk::permission::{Editing, Reading};
use crate::features::drafts;
use crate::features::drafts::saving::MadeOf;
use crate::features::drafts::{Draft, DraftContent, arranged};
use crate::features::structure::staff::{Clash, Outcome, save_form};
use crate::site::edition::Edition;
use crate::site::subject::Subject;

/// The fields of one of these forms, its rules and its page.
pub(crate) trait SiteWideForm: Default {
    const SUBJECT: Subject;
    const PATH: &'static str;
    /// Whatever else its rules and its page look at.
    type Context;

    async fn read_context(desk: &DeskNow) -> Result<Self::Context, AppError>;

    /// The fields for a content of this kind.
    fn of(content: &DraftContent) -> Self;

    /// The fields as they were typed.
    fn read(sent: &Fields) -> Self;

    /// The content that was typed, after the button that was pressed.
    fn check(&self, edition: &Edition, known: &Known<Self>, press: &str) -> Result<DraftContent, Problems>;

    /// The answer once a content is in the draft.
    async fn after_save(_: &DeskNow, _: &Actor, _: &Fields, _: &DraftContent) -> Result<Response, AppError> {
        respond::see_other(&Flash::Saved.at(Self::PATH))
    }

    fn page(
        desk: &DeskNow,
        actor: &Actor,
        known: &Known<Self>,
        form: TypedForm<Self>,
        query: Option<&str>,
    ) -> Result<Response, AppError>;
}

/// The state that both handlers read first.
pub(crate) struct Known<F: SiteWideForm> {
    pub(super) draft: Option<Draft>,
    base: Option<i64>,
    /// The draft, or what is in force.
    pub(super) content: Option<DraftContent>,
    pub(super) context: F::Context,
}

impl<F: SiteWideForm> Known<F> {
    pub(super) async fn read(desk: &DeskNow) -> Result<Self, AppError> {
        let draft = desk.database().read(async |connection| drafts::store::find(connection, &F::SUBJECT).await).await?;
        let (base, in_force) = arranged::in_force(&desk.edition, &F::SUBJECT).unzip();
        let content = draft.as_ref().map(|draft| draft.content.clone()).or(in_force);
        Ok(Self { draft, base, content, context: F::read_context(desk).await? })
    }

    /// The form as it is opened.
    pub(super) fn form(&self) -> TypedForm<F> {
        let fields = self.content.as_ref().map(F::of).unwrap_or_default();
        TypedForm { fields, made_of: MadeOf::now(self.draft.as_ref(), self.base), ..TypedForm::default() }
    }
}

/// A form with what it is made of, and what is to be said about it.
#[derive(Default)]
pub(crate) struct TypedForm<F> {
    pub(super) fields: F,
    pub(super) made_of: MadeOf,
    pub(super) problems: Problems,
    pub(super) clash: Option<Clash>,
}

pub(crate) async fn show<F: SiteWideForm>(
    desk: DeskNow,
    actor: By<Reading>,
    RawQuery(query): RawQuery,
) -> Result<Response, AppError> {
    let known = Known::<F>::read(&desk).await?;
    F::page(&desk, &actor, &known, known.form(), query.as_deref())
}

pub(crate) async fn save<F: SiteWideForm>(
    desk: DeskNow,
    actor: By<Editing>,
    Form(sent): Form<Fields>,
) -> Result<Response, AppError> {
    let known = Known::<F>::read(&desk).await?;
    let form = TypedForm { fields: F::read(&sent), made_of: MadeOf::read(&sent), ..TypedForm::default() };
    let content = match form.fields.check(&desk.edition, &known, sent.get("press")) {
        Ok(content) => content,
        Err(problems) => return F::page(&desk, &actor, &known, TypedForm { problems, ..form }, None),
    };
    match save_form(&desk, &actor, &F::SUBJECT, &content, form.made_of, known.draft.is_some()).await? {
        Outcome::Saved => F::after_save(&desk, &actor, &sent, &content).await,
        Outcome::Unchanged => respond::see_other(F::PATH),
        Outcome::Clash(clash) => {
            let (fields, made_of) = (F::of(&content), clash.made_of);
            let form = TypedForm { fields, made_of, problems: Problems::conflict(), clash: Some(*clash) };
            F::page(&desk, &actor, &known, form, None)
        }
    }
}
