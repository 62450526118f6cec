//! The name and contacts of the force, for search engines.

use serde_json::{Value, json};

use crate::base::web::assets;
use crate::site::now::SiteNow;

/// The force as JSON-LD in the words of schema.org, safe inside a `script` element: a browser runs no data block, and no `<` ends it.
pub(super) fn as_json(site: &SiteNow) -> String {
    let edition = &site.edition;
    let origin = site.settings().public_origin();
    let fact = |name: &str| edition.facts.get(name).map(|value| Value::from(value.as_str()));
    let mut organisation = json!({
        "@context": "https://schema.org",
        "@type": "GovernmentOrganization",
        "name": edition.force_name(),
        "url": format!("{origin}/"),
        "logo": format!("{origin}{}", assets::touch_icon()),
        "contactPoint": [
            { "@type": "ContactPoint", "contactType": "emergency", "telephone": "999" },
            { "@type": "ContactPoint", "contactType": "non-emergency", "telephone": "101" },
        ],
    });
    if let Some(fields) = organisation.as_object_mut() {
        let known = [("address", "contact_address"), ("email", "contact_email"), ("areaServed", "force_area")];
        fields.extend(known.into_iter().filter_map(|(field, name)| Some((field.to_owned(), fact(name)?))));
    }
    organisation.to_string().replace('<', "\\u003c")
}
