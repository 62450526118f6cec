//! Who made an entry of the ledger, as its private particulars say. Read leniently: particulars are kept for ever, and those of an
//! older or later release may hold less or more.

use serde_json::Value;

/// The people behind an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Particulars {
    /// Who wrote the text.
    pub writers: Vec<String>,
    /// Who approved it.
    pub approvers: Vec<String>,
    /// Who let it out.
    pub publishers: Vec<String>,
    /// Why it was done in an unusual way.
    pub reason: Option<String>,
}

impl Particulars {
    /// Reads the JSON of particulars.
    #[must_use]
    pub fn read(body: &str) -> Self {
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        let people = |one: &str, many: &str| {
            let mut names = Vec::new();
            collect(value.get(one), &mut names);
            collect(value.get(many), &mut names);
            names
        };
        Self {
            writers: people("writer", "writers"),
            approvers: people("approver", "approvers"),
            publishers: people("publisher", "publishers"),
            reason: value.get("reason").and_then(Value::as_str).filter(|text| !text.is_empty()).map(ToOwned::to_owned),
        }
    }

    /// Whoever let the entry out, as far as it is known: for lists.
    #[must_use]
    pub fn by(&self) -> Option<&str> {
        self.publishers.first().or_else(|| self.writers.first()).map(String::as_str)
    }
}

/// Names in a text, in an object with a name, or in a list of these; each once.
fn collect(value: Option<&Value>, names: &mut Vec<String>) {
    match value {
        Some(Value::String(name)) if !names.contains(name) => names.push(name.clone()),
        Some(Value::Object(person)) => collect(person.get("name"), names),
        Some(Value::Array(people)) => people.iter().for_each(|person| collect(Some(person), names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_every_form_they_were_kept_in() {
        let read = Particulars::read(r#"{"writer":"bluelamp import","approver":null,"reason":null}"#);
        assert_eq!(read.by(), Some("bluelamp import"));
        assert_eq!((read.approvers.len(), read.reason), (0, None));
        let read = Particulars::read(
            r#"{"writers":[{"id":1,"name":"Erin"},"Percy","Erin"],"publisher":{"name":"Percy"},"reason":"Night."}"#,
        );
        assert_eq!((read.writers.join(" "), read.by()), ("Erin Percy".to_owned(), Some("Percy")));
        assert_eq!(read.reason.as_deref(), Some("Night."));
        assert_eq!(Particulars::read("nothing"), Particulars::default());
    }
}
