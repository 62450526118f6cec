//! Somebody of staff at their browser.

use bluelamp::base::clock::Clock;
use serde_json::json;
use totp_rs::{Builder, Secret, Totp};

use crate::driver::{Tab, sites, until};

/// The password of everybody who has no passkey.
pub(super) const PASSWORD: &str = "violet anchors drift past nine lanterns";

/// Gives the browser an authenticator of its own: it holds passkeys and has always just seen its owner.
async fn authenticator(tab: &Tab<'_>) {
    tab.ask("WebAuthn.enable", json!({ "enableUI": false })).await;
    let options = json!({
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": true,
        "hasUserVerification": true,
        "isUserVerified": true,
        "automaticPresenceSimulation": true,
    });
    tab.ask("WebAuthn.addVirtualAuthenticator", json!({ "options": options })).await;
}

/// Makes an account and sets it up with a passkey, as its owner does who got the link. The tab is signed in afterwards, and its
/// passkey lasts as long as the tab.
pub(super) async fn join(tab: &Tab<'_>, name: &str, roles: &[&str]) {
    authenticator(tab).await;
    tab.open(&invite(name, roles).await).await;
    // Pressed by script: what is tried here is not the mouse, and a window behind another does not always get its click.
    tab.becomes("document.querySelector('[data-passkey=create]').offsetParent !== null").await;
    tab.eval("(document.querySelector('[data-passkey=create]').click(), 0)").await;
    keep_codes(tab).await;
}

/// Joins with a password and an authenticator app, in any browser and without scripts too. Gives the recovery codes.
pub(super) async fn join_with_password(tab: &Tab<'_>, name: &str, roles: &[&str]) -> Vec<String> {
    tab.open(&invite(name, roles).await).await;
    let secret = tab.eval("document.querySelector('form p code').textContent").await;
    append(tab, "#password", PASSWORD).await;
    append(tab, "#code", &code(secret.as_str().unwrap())).await;
    tab.click("form .primary:not([type=button])").await;
    keep_codes(tab).await
}

/// The one-time link of a new account.
async fn invite(name: &str, roles: &[&str]) -> String {
    let email = format!("{}@northshire.test", name.to_lowercase().replace(' ', "."));
    sites().await.invite(&email, name, roles)
}

/// The code that an authenticator app with a secret shows now.
fn code(secret: &str) -> String {
    let secret = Secret::try_from_base32(secret.replace(' ', "")).unwrap();
    let totp: Totp = Builder::new().with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(u64::try_from(Clock::system().now().as_second()).unwrap()).to_string()
}

/// Waits for the recovery codes, and says that they are kept. The codes.
pub(super) async fn keep_codes(tab: &Tab<'_>) -> Vec<String> {
    arrives(tab, "/account/codes").await;
    let codes = tab.eval("[...document.querySelectorAll('.codes code')].map(code => code.textContent)").await;
    let codes: Vec<String> = serde_json::from_value(codes).unwrap();
    assert_eq!(codes.len(), 10);
    tab.click("form[action='/account/secret/kept'] button").await;
    arrives(tab, "/account?done=kept").await;
    codes
}

/// Opens a page of the desk.
pub(super) async fn open(tab: &Tab<'_>, path: &str) {
    tab.open(&format!("{}{path}", sites().await.desk)).await;
}

/// Waits until a page of the desk is shown whole.
pub(super) async fn arrives(tab: &Tab<'_>, path: &str) {
    tab.arrives(&format!("{}{path}", sites().await.desk)).await;
}

/// Fills in the form of a page that is sent to an address, over what it holds already, and sends it without showing the page. The
/// address that the answer leads to.
pub(super) async fn send(tab: &Tab<'_>, page: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let led = tab
        .eval(&format!(
            "(async (page, action, given) => {{
                const opened = await fetch(page);
                const shown = new DOMParser().parseFromString(await opened.text(), 'text/html');
                const form = [...shown.forms].find(form => form.getAttribute('action') === action);
                if (!form) {{ return 'no such form: ' + shown.body.innerText; }}
                const fields = new URLSearchParams(new FormData(form));
                for (const [name, value] of given) {{ fields.set(name, value); }}
                const answer = await fetch(action, {{ method: 'POST', body: fields }});
                return answer.redirected ? answer.url : answer.status + await answer.text();
            }})({}, {}, {})",
            json!(page),
            json!(action),
            json!(fields)
        ))
        .await;
    let led = led.as_str().unwrap();
    led.strip_prefix(&sites().await.desk).unwrap_or_else(|| panic!("{action} refuses {fields:?}: {led}")).to_owned()
}

/// Types at the end of a field.
pub(super) async fn append(tab: &Tab<'_>, selector: &str, words: &str) {
    tab.click(selector).await;
    tab.becomes(&format!("document.activeElement.matches({})", json!(selector))).await;
    let before = tab.eval("document.activeElement.value").await;
    let mut last = before.clone();
    let mut still = 0;
    tab.browser.press(&["ctrl+End"]);
    tab.browser.write(words);
    until(&format!("{selector} to end with {words}"), async || {
        let value = tab.try_eval(&format!("document.querySelector({}).value", json!(selector))).await?;
        if value.as_str().is_some_and(|value| value.trim_end().ends_with(words)) {
            return Ok(());
        }
        still = if value == last { still + 1 } else { 0 };
        last = value;
        // On a busy machine Firefox loses keys: where no more come, it is all typed again.
        if still == 100 {
            still = 0;
            tab.eval(&format!("(document.querySelector({}).value = {before}, 0)", json!(selector))).await;
            tab.browser.press(&["ctrl+End"]);
            tab.browser.write(words);
        }
        Err(last.to_string())
    })
    .await;
}

/// Waits until an element says something.
pub(super) async fn says(tab: &Tab<'_>, selector: &str, words: &str) {
    tab.becomes(&format!(
        "document.querySelector({})?.textContent.includes({}) ?? false",
        json!(selector),
        json!(words)
    ))
    .await;
}
