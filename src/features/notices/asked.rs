//! The day or time at which a visitor asks to read a page: as an address gives it, and as the form does.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde::Deserialize;

use crate::base::as_of::{self, AsOf, NotAnInstant};
use crate::base::error::{AppError, ErrorPage};

/// The heading above a form whose day cannot be used. The form itself says what is wrong.
const TRY_AGAIN: &str = "Change the day below and try again.";

/// The query of a page's address. Other parameters in it are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Vec<(String, String)>")]
pub(crate) struct Asked {
    /// Each `as_of`, as it was written.
    as_of: Vec<String>,
    /// The fields of the form, where it was sent.
    fields: Option<DayFields>,
}

/// The three fields of the form for a day, as they were typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DayFields {
    pub(super) day: String,
    pub(super) month: String,
    pub(super) year: String,
}

/// The form for a day, on a page or on the page that says what is wrong with a day.
#[derive(Template)]
#[template(path = "notices/day_form.html")]
pub(super) struct DayForm {
    /// The page that it asks for.
    pub(super) action: String,
    pub(super) fields: DayFields,
    /// The problem of what was typed.
    pub(super) problem: Option<&'static str>,
}

impl From<Vec<(String, String)>> for Asked {
    fn from(pairs: Vec<(String, String)>) -> Self {
        let mut asked = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "as_of" => asked.as_of.push(value),
                "day" => asked.fields.get_or_insert_default().day = value,
                "month" => asked.fields.get_or_insert_default().month = value,
                "year" => asked.fields.get_or_insert_default().year = value,
                _ => {}
            }
        }
        asked
    }
}

impl Asked {
    /// Tells whether it asks for a day or a time at all.
    pub(crate) fn is_for_now(&self) -> bool {
        self.as_of.is_empty() && self.fields.is_none()
    }

    /// Tells whether it comes from the form.
    pub(super) fn is_from_form(&self) -> bool {
        self.as_of.is_empty()
    }

    /// The instant, which is not after `now`.
    pub(super) fn read(&self, now: Timestamp) -> Result<AsOf, NotAnInstant> {
        match (self.as_of.as_slice(), &self.fields) {
            ([one], _) => AsOf::read(one, now),
            ([], Some(typed)) => AsOf::read_fields(&typed.day, &typed.month, &typed.year, now),
            ([], None) => Ok(AsOf { at: now, day: None }),
            _ => Err(NotAnInstant("The address names more than one day. Choose one.")),
        }
    }

    /// The query, for another address.
    pub(super) fn query(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for as_of in &self.as_of {
            query.append_pair("as_of", as_of);
        }
        if let Some(typed) = &self.fields {
            query.extend_pairs([("day", &typed.day), ("month", &typed.month), ("year", &typed.year)]);
        }
        query.finish()
    }

    /// The page for a day that cannot be used (422): what is wrong, the form with what was typed, and the way to the current page.
    pub(super) fn refuse(self, problem: NotAnInstant, path: &str) -> Result<Response, AppError> {
        let from_address = match self.as_of.as_slice() {
            [one] => DayFields::typed(one),
            _ => None,
        };
        let fields = self.fields.or(from_address).unwrap_or_default();
        let form = DayForm { action: path.to_owned(), fields, problem: Some(problem.0) };
        let page = ErrorPage { heading: "There is a problem with the date", message: TRY_AGAIN, help: form.render()? };
        let mut response = (StatusCode::UNPROCESSABLE_ENTITY, problem.0).into_response();
        response.extensions_mut().insert(page);
        Ok(response)
    }
}

impl DayFields {
    /// The day that somebody typed into an address, as far as it has the parts of one.
    fn typed(as_of: &str) -> Option<Self> {
        let [day, month, year] = as_of::parts(as_of)?.map(str::to_owned);
        Some(Self { day, month, year })
    }

    /// The day that a page shows.
    pub(super) fn of(asked: AsOf) -> Self {
        let date = asked.date();
        Self { day: date.day().to_string(), month: date.month().to_string(), year: date.year().to_string() }
    }
}
