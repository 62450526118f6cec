//! Every URL of the staff site, in one table.

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::Response;
use serde_json::json;
use tower_http::csrf::ConfigError;

use crate::base::error::AppError;
use crate::base::web::{assets, paths as shared, respond};
use crate::desk::accounts::Role;
use crate::desk::permission::{
    Administering, Answering, Auditing, Commenting, ConfirmingRedaction, Editing, Permission as _, Publishing, Reading,
    Redacting, Signing, SupervisingChats,
};
use crate::desk::{Desk, paths};
use crate::features::change_sets::paths as sets;
use crate::features::change_sets::staff as change_sets;
use crate::features::discussion::staff as discussion;
use crate::features::previews::staff as previews;
use crate::features::publishing::staff as publishing;
use crate::features::search::staff as search;
use crate::features::sign_in::resume::keep_late_forms;
use crate::features::structure::staff as structure;
use crate::features::structure::staff::facts::FactsForm;
use crate::features::structure::staff::navigation::NavigationForm;
use crate::features::structure::staff::promoted::PromotedForm;
use crate::features::structure::staff::site_wide;
use crate::features::{auditor, dashboard, editor, guide, sign_in, webchat};
use crate::front::request_log::RequestLog;
use crate::front::staff::StaffService;
use crate::routes;
use crate::routes::{Route, get, post};

/// The people who may ask for a path of the staff site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not.
    Anyone,
    /// Everybody who is signed in.
    SignedIn,
    /// Everybody who is signed in and has one of these roles.
    Only(&'static [Role]),
}

use Who::{Anyone, SignedIn};

const READING: Who = Who::Only(Reading::ROLES);
const EDITING: Who = Who::Only(Editing::ROLES);
const COMMENTING: Who = Who::Only(Commenting::ROLES);
const PUBLISHING: Who = Who::Only(Publishing::ROLES);
const REDACTING: Who = Who::Only(Redacting::ROLES);
const SIGNING: Who = Who::Only(Signing::ROLES);
const CONFIRMING: Who = Who::Only(ConfirmingRedaction::ROLES);
const AUDITING: Who = Who::Only(Auditing::ROLES);
const ADMINISTERING: Who = Who::Only(Administering::ROLES);
const ANSWERING: Who = Who::Only(Answering::ROLES);
const SUPERVISING_CHATS: Who = Who::Only(SupervisingChats::ROLES);

/// The table of routes. What a row says of who may is enforced by the permission that its handler asks for (`By<Editing>`); the
/// tests ask for each path with each role and compare.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a table: a line for each route")]
pub fn table() -> Vec<Route<Desk, Who>> {
    vec![
        get(shared::HEALTHZ, Anyone, healthz),
        get(paths::SIGN_IN, Anyone, sign_in::credentials::show),
        post(paths::SIGN_IN, Anyone, sign_in::credentials::send),
        get(paths::SIGN_IN_CODE, Anyone, sign_in::code::show),
        post(paths::SIGN_IN_CODE, Anyone, sign_in::code::send),
        post(paths::SIGN_IN_PASSKEY, Anyone, sign_in::credentials::send_passkey),
        post(paths::SIGN_IN_PASSKEY_START, Anyone, sign_in::credentials::start_passkey),
        get(paths::SIGN_IN_RECOVER, Anyone, sign_in::recover::show),
        post(paths::SIGN_IN_RECOVER, Anyone, sign_in::recover::send),
        post(paths::SIGN_OUT, Anyone, sign_in::credentials::out),
        get(paths::UNLOCK, Anyone, sign_in::unlock::show),
        post(paths::UNLOCK, Anyone, sign_in::unlock::unlock),
        get(paths::WELCOME, Anyone, sign_in::welcome::show),
        post(paths::WELCOME, Anyone, sign_in::welcome::send),
        post(paths::WELCOME_PASSKEY, Anyone, sign_in::welcome::send_passkey),
        post(paths::WELCOME_PASSKEY_START, Anyone, sign_in::welcome::start_passkey),
        get(paths::CONFIRM, SignedIn, sign_in::confirm::show),
        post(paths::CONFIRM, SignedIn, sign_in::confirm::send),
        post(paths::CONFIRM_PASSKEY, SignedIn, sign_in::confirm::send_passkey),
        post(paths::CONFIRM_PASSKEY_START, SignedIn, sign_in::confirm::start_passkey),

        get(paths::ACCOUNT, SignedIn, sign_in::account::show),
        post(paths::ACCOUNT_NAME, SignedIn, sign_in::account::rename),
        post(paths::ACCOUNT_SESSION_END, SignedIn, sign_in::account::end_session),
        post(paths::ACCOUNT_SESSIONS_END_OTHERS, SignedIn, sign_in::account::end_others),
        get(paths::ACCOUNT_PASSWORD, SignedIn, sign_in::factors::show_password),
        post(paths::ACCOUNT_PASSWORD, SignedIn, sign_in::factors::set_password),
        get(paths::ACCOUNT_APP, SignedIn, sign_in::factors::show_app),
        post(paths::ACCOUNT_APP, SignedIn, sign_in::factors::set_app),
        get(paths::ACCOUNT_CODES, SignedIn, sign_in::factors::show_codes),
        post(paths::ACCOUNT_CODES, SignedIn, sign_in::factors::make_codes),
        post(paths::ACCOUNT_SECRET_KEPT, SignedIn, sign_in::account::forget_secret),
        get(paths::ACCOUNT_PASSKEYS, SignedIn, sign_in::factors::show_new_passkey),
        post(paths::ACCOUNT_PASSKEYS, SignedIn, sign_in::factors::add_passkey),
        post(paths::ACCOUNT_PASSKEYS_START, SignedIn, sign_in::factors::start_passkey),
        post(paths::ACCOUNT_PASSKEY_REMOVE, SignedIn, sign_in::factors::remove_passkey),

        get(paths::PEOPLE, ADMINISTERING, sign_in::people::list),
        get(paths::PERSON_NEW, ADMINISTERING, sign_in::people::new),
        post(paths::PERSON_NEW, ADMINISTERING, sign_in::people::add),
        get(paths::PERSON, ADMINISTERING, sign_in::person::show),
        post(paths::PERSON, ADMINISTERING, sign_in::person::change),
        post(paths::PERSON_SUSPEND, ADMINISTERING, sign_in::person_actions::suspend),
        post(paths::PERSON_RESTORE, ADMINISTERING, sign_in::person_actions::restore),
        post(paths::PERSON_RESET, ADMINISTERING, sign_in::person_actions::reset),
        post(paths::PERSON_VOUCH, ADMINISTERING, sign_in::person_actions::vouch),
        post(paths::PERSON_SESSIONS_END, ADMINISTERING, sign_in::person_actions::end_sessions),

        get(paths::RESUME, SignedIn, sign_in::resume::show),

        get(paths::HOME, SignedIn, dashboard::staff::show),
        get(paths::CALENDAR, READING, dashboard::calendar::show),
        get(paths::GUIDE, SignedIn, guide::staff::show),

        get(webchat::paths::staff::BOARD, ANSWERING, webchat::staff::board),
        post(webchat::paths::staff::DUTY, ANSWERING, webchat::staff::set_duty),
        post(webchat::paths::staff::PRESENCE, ANSWERING, webchat::staff::presence),
        post(webchat::paths::staff::TAKE, ANSWERING, webchat::staff::take),
        post(webchat::paths::staff::ANSWER, ANSWERING, webchat::staff::answer),
        post(webchat::paths::staff::END, ANSWERING, webchat::staff::end),
        post(webchat::paths::staff::OPEN, SUPERVISING_CHATS, webchat::staff::open),

        get(paths::NOTICES, READING, editor::list::notices),
        get(paths::BANNERS, READING, editor::list::banners),
        get(paths::NOTICE_NEW, EDITING, editor::new::notice),
        post(paths::NOTICE_NEW, EDITING, editor::new::start_notice),
        get(paths::BANNER_NEW, EDITING, editor::new::banner),
        post(paths::BANNER_NEW, EDITING, editor::new::start_banner),
        get(paths::BANNER_EMERGENCY, PUBLISHING, publishing::emergency::show),
        post(paths::BANNER_EMERGENCY, PUBLISHING, publishing::emergency::publish),
        get(paths::NOTICE, READING, editor::overview::show),
        get(paths::NOTICE_EDIT, EDITING, editor::edit::show),
        post(paths::NOTICE_EDIT, EDITING, editor::edit::save),
        post(paths::NOTICE_AUTOSAVE, EDITING, editor::edit::autosave),
        post(paths::NOTICE_PRESENCE, EDITING, editor::edit::presence),
        post(paths::NOTICE_PREVIEW, EDITING, editor::edit::preview),
        get(paths::NOTICE_COMPARE, READING, editor::compare::show),
        get(paths::NOTICE_SHEET, READING, auditor::sheet::sheet),
        get(paths::NOTICE_END, EDITING, publishing::end::show),
        post(paths::NOTICE_END, PUBLISHING, publishing::end::end),
        get(paths::NOTICE_WITHDRAW, EDITING, publishing::withdraw::show),
        post(paths::NOTICE_WITHDRAW, PUBLISHING, publishing::withdraw::alone),
        post(paths::NOTICE_WITHDRAW_ASK, EDITING, publishing::withdraw::ask),
        post(paths::NOTICE_WITHDRAW_CONFIRM, PUBLISHING, publishing::withdraw::confirm),
        post(paths::NOTICE_WITHDRAW_DROP, EDITING, publishing::withdraw::drop_request),

        get(paths::DRAFT_REVIEW, READING, publishing::review::show),
        post(paths::DRAFT_SUBMIT, EDITING, publishing::decide::ask),
        post(paths::DRAFT_APPROVE, EDITING, publishing::decide::approve),
        post(paths::DRAFT_SEND_BACK, EDITING, publishing::decide::send_back),
        post(paths::DRAFT_SIGN, SIGNING, publishing::decide::sign),
        post(paths::DRAFT_DISCARD, EDITING, publishing::decide::discard),
        get(paths::DRAFT_PUBLISH, PUBLISHING, publishing::publish::show),
        post(paths::DRAFT_PUBLISH, PUBLISHING, publishing::publish::publish),

        get(sets::SETS, READING, change_sets::list::show),
        post(sets::SETS, EDITING, change_sets::new::make),
        get(sets::SET_NEW, EDITING, change_sets::new::show),
        get(sets::SET, READING, change_sets::show::show),
        post(sets::SET_PARTS, EDITING, change_sets::buttons::parts),
        post(sets::SET_SUBMIT, EDITING, change_sets::buttons::submit),
        post(sets::SET_APPROVE, EDITING, change_sets::buttons::approve),
        post(sets::SET_SEND_BACK, EDITING, change_sets::buttons::send_back),
        post(sets::SET_CANCEL, EDITING, change_sets::buttons::cancel),
        post(sets::SET_PUT_BACK, PUBLISHING, change_sets::buttons::put_back),
        get(sets::SET_PUBLISH, PUBLISHING, change_sets::publish::show),
        post(sets::SET_PUBLISH, PUBLISHING, change_sets::publish::publish),

        get(paths::DISCUSSION, READING, discussion::show),
        post(paths::DISCUSSION, COMMENTING, discussion::add),

        get(paths::ENTRY_CANCEL, PUBLISHING, publishing::entries::cancel),
        post(paths::ENTRY_CANCEL, PUBLISHING, publishing::entries::cancel),
        get(paths::ENTRY_APPROVE, EDITING, publishing::approve::show),
        post(paths::ENTRY_APPROVE, EDITING, publishing::approve::approve),
        get(paths::ENTRY_CORRECT, PUBLISHING, publishing::entries::correct),
        post(paths::ENTRY_CORRECT, PUBLISHING, publishing::entries::correct),
        get(paths::ENTRY_RESTORE, EDITING, publishing::entries::ask_restore),
        post(paths::ENTRY_RESTORE, EDITING, publishing::entries::restore),
        get(paths::ENTRY_PUT_BACK, PUBLISHING, publishing::put_back::put_back),
        post(paths::ENTRY_PUT_BACK, PUBLISHING, publishing::put_back::put_back),
        get(paths::ENTRY_REDACT, REDACTING, publishing::redactions::ask_page),
        post(paths::ENTRY_REDACT, REDACTING, publishing::redactions::ask),
        get(paths::REDACTIONS, CONFIRMING, publishing::redactions::list),
        get(paths::REDACTION, CONFIRMING, publishing::redactions::show),
        post(paths::REDACTION_CONFIRM, CONFIRMING, publishing::redactions::confirm),
        post(paths::REDACTION_REFUSE, CONFIRMING, publishing::redactions::refuse),
        get(paths::AUDIT, AUDITING, auditor::log::list),
        get(paths::AUDIT_CSV, AUDITING, auditor::log::export),

        get(paths::FACTS, READING, site_wide::show::<FactsForm>),
        post(paths::FACTS, EDITING, site_wide::save::<FactsForm>),
        get(paths::FACTS_AFFECTED, READING, publishing::texts_behind_facts::show),
        post(paths::FACTS_AFFECTED, EDITING, publishing::texts_behind_facts::draft),

        get(paths::PAGES, READING, structure::pages::list),
        get(paths::PAGE_NEW, EDITING, structure::pages::new::show),
        post(paths::PAGE_NEW, EDITING, structure::pages::new::make),
        get(paths::PAGE, READING, structure::pages::show),
        post(paths::PAGE, EDITING, structure::pages::save),
        get(paths::PAGE_TAKE_AWAY, EDITING, structure::pages::take_away::show),
        post(paths::PAGE_TAKE_AWAY, EDITING, structure::pages::take_away::take_away),
        get(paths::PAGE_PREVIEW, READING, structure::pages::preview),

        get(paths::NAVIGATION, READING, site_wide::show::<NavigationForm>),
        post(paths::NAVIGATION, EDITING, site_wide::save::<NavigationForm>),

        get(paths::PROMOTED, READING, site_wide::show::<PromotedForm>),
        post(paths::PROMOTED, EDITING, site_wide::save::<PromotedForm>),
        get(paths::SEARCHES, EDITING, search::missed),

        get(paths::PREVIEWS, READING, previews::list),
        post(paths::PREVIEWS, EDITING, previews::make),
        get(paths::PREVIEW_NEW, EDITING, previews::new),
        post(paths::PREVIEW_REVOKE, EDITING, previews::revoke),

        get(shared::HASHED_ASSET, Anyone, assets::hashed),
        get(shared::ASSET, Anyone, assets::serve_unhashed),
        get(shared::FAVICON, Anyone, assets::favicon),
        get(shared::FAVICON_ICO, Anyone, assets::favicon_ico),
        get(shared::APPLE_TOUCH_ICON, Anyone, assets::apple_touch_icon),
    ]
}

/// The staff site behind its front door, with its request log.
pub fn service_with(desk: Desk, log: RequestLog) -> Result<StaffService, ConfigError> {
    let routes = routes::router(table()).fallback(async || AppError::NotFound);
    let routes = routes.layer(from_fn_with_state(desk.clone(), keep_late_forms));
    StaffService::new(desk, routes, log)
}

/// The staff site as a router, so that tests can drive it in process.
pub fn router(desk: Desk) -> Result<Router, ConfigError> {
    Ok(Router::new().fallback_service(service_with(desk, RequestLog::none())?))
}

/// The process is alive. Asks nobody.
async fn healthz() -> Result<Response, AppError> {
    respond::json(StatusCode::OK, &json!({ "status": "alive" }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::features;

    #[test]
    fn every_pattern_has_a_route_and_every_route_a_pattern() {
        let routes: BTreeSet<&str> = table().iter().map(|route| route.path).collect();
        let patterns: BTreeSet<&str> = features::ALL
            .iter()
            .flat_map(|feature| feature.staff_paths)
            .chain(paths::ALL)
            .chain(shared::ALL)
            .copied()
            .collect();
        assert_eq!(routes, patterns);
    }
}
