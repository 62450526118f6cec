//! Receipts, keys and messages of conversations.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::base::characters::find_unfit;
use crate::base::sealing::{Keys, PublicKeys, Unopened, derive};
use crate::base::web::form::Wrong;

/// The most characters of a message.
pub const LONGEST: usize = 4_000;
/// Letters of a code: Crockford's base 32, without those that look alike.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters that hold 128 bits.
const CODE: usize = 26;

/// What opens a conversation for its visitor: 128 random bits, in the cookie of their browser and, on request, as a code to write down. It
/// is never stored. Anything shorter could be found by trying, by whoever has a copy of the database.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt([u8; 16]);

impl Receipt {
    /// A new one.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The receipt of the conversation that a form begins. The same form makes the same receipt, so that sent twice it begins one
    /// conversation; and whoever knows the form alone cannot make it.
    pub fn of_form(keys: &PublicKeys, form: &Self) -> Self {
        Self(first_half(&keys.derived("conversation receipt 1", &form.0)))
    }

    /// Reads a cookie or a typed code: small letters, blanks, hyphens and letters that look alike are fine.
    pub fn read(text: &str) -> Option<Self> {
        if text.len() > 200 {
            return None;
        }
        let letters = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2010}'..='\u{2015}'));
        let (mut bits, mut count) = (0_u128, 0);
        for letter in letters {
            let letter = match letter.to_ascii_uppercase() {
                'O' => b'0',
                'I' | 'L' => b'1',
                letter => u8::try_from(letter).ok()?,
            };
            let value = LETTERS.iter().position(|known| *known == letter)?;
            count += 1;
            // 26 letters hold 130 bits: the first holds 3.
            if count > CODE || (count == 1 && value > 7) {
                return None;
            }
            bits = bits << 5 | u128::try_from(value).ok()?;
        }
        (count == CODE).then(|| Self(bits.to_be_bytes()))
    }

    /// The text in a cookie: the code without hyphens.
    pub fn text(&self) -> String {
        let bits = u128::from_be_bytes(self.0);
        let letter = |place: usize| {
            let value = usize::try_from(bits >> (5 * (CODE - 1 - place)) & 31).unwrap_or_default();
            LETTERS.get(value).copied().map_or('0', char::from)
        };
        (0..CODE).map(letter).collect()
    }

    /// The code in groups that can be typed.
    pub fn code(&self) -> String {
        let text = self.text();
        let (groups, last) = text.split_at(20);
        let mut code: Vec<&str> = (0..4).filter_map(|group| groups.get(group * 5..group * 5 + 5)).collect();
        code.push(last);
        code.join("-")
    }

    /// The id of its conversation, which opens nothing.
    pub fn conversation(&self) -> Uuid {
        Uuid::from_bytes(first_half(&derive(&self.0, "conversation id 1")))
    }

    fn keys(&self) -> Keys {
        Keys::of_seed(&derive(&self.0, "conversation receipt key 1"))
    }
}

fn first_half(bytes: &[u8; 32]) -> [u8; 16] {
    bytes.first_chunk().copied().unwrap_or_default()
}

impl fmt::Debug for Receipt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Receipt")
    }
}

/// The key of a conversation, as it is kept: once for the force, once for the visitor.
#[derive(Clone, Debug)]
pub struct WrappedKeys {
    /// Opened by the keys of staff nodes.
    pub for_staff: Vec<u8>,
    /// Opened by the receipt.
    pub for_visitor: Vec<u8>,
}

/// The random key of one conversation. Cannot be printed.
#[derive(Clone)]
pub struct ConversationKey {
    id: Uuid,
    keys: Keys,
}

impl ConversationKey {
    /// A new key for a conversation, and the same as it is kept.
    ///
    /// # Errors
    /// When the system gives no random bytes or the node's keys cannot be used.
    pub fn make(receipt: &Receipt, staff: &PublicKeys) -> Result<(Self, WrappedKeys), Unopened> {
        let id = receipt.conversation();
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|_| Unopened)?;
        let wrapped = WrappedKeys {
            for_staff: staff.seal(&place_of_key("staff", id), &seed)?,
            for_visitor: receipt.keys().seal(&place_of_key("visitor", id), &seed)?,
        };
        Ok((Self { id, keys: Keys::of_seed(&seed) }, wrapped))
    }

    /// The key of the conversation that a receipt opens.
    pub fn for_visitor(receipt: &Receipt, wrapped: &WrappedKeys) -> Result<Self, Unopened> {
        let id = receipt.conversation();
        Self::of(id, &receipt.keys().open(&place_of_key("visitor", id), &wrapped.for_visitor)?)
    }

    /// The key of a conversation, on a node that serves staff.
    pub fn for_staff(id: Uuid, keys: &Keys, wrapped: &WrappedKeys) -> Result<Self, Unopened> {
        Self::of(id, &keys.open(&place_of_key("staff", id), &wrapped.for_staff)?)
    }

    fn of(id: Uuid, seed: &[u8]) -> Result<Self, Unopened> {
        Ok(Self { id, keys: Keys::of_seed(seed.try_into().map_err(|_| Unopened)?) })
    }

    /// The conversation.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// Seals a message for its number.
    pub fn seal(&self, number: i32, content: &Content) -> Result<Vec<u8>, Unopened> {
        self.keys.seal(&self.place(number), &serde_json::to_vec(content).map_err(|_| Unopened)?)
    }

    /// Opens the message of a number.
    pub fn open(&self, number: i32, sealed: &[u8]) -> Result<Content, Unopened> {
        serde_json::from_slice(&self.keys.open(&self.place(number), sealed)?).map_err(|_| Unopened)
    }

    fn place(&self, number: i32) -> String {
        format!("conversation_message:{}:{number}", self.id)
    }
}

fn place_of_key(whose: &str, id: Uuid) -> String {
    format!("conversation_key.{whose}:{id}")
}

/// What is sealed of a message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The name that it is said under: the visitor's, if they gave one, or that of the person who answers.
    pub from: String,
    /// The text.
    pub text: String,
}

/// Who says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The visitor.
    Visitor,
    /// Somebody of the force.
    Staff(Uuid),
    /// The site itself.
    System,
}

impl Side {
    /// The name in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::Staff(_) => "staff",
            Self::System => "system",
        }
    }

    /// Who of the force.
    pub fn staff(self) -> Option<Uuid> {
        match self {
            Self::Staff(id) => Some(id),
            Self::Visitor | Self::System => None,
        }
    }
}

/// Reads the text of a message: lines end alike, and characters that no reader can see are replaced, so that nobody is kept from writing.
pub fn read_text(typed: &str) -> Result<String, Wrong> {
    let mut text = typed.replace("\r\n", "\n").trim().to_owned();
    while let Some(unfit) = find_unfit(&text) {
        text = text.replace(unfit, "\u{FFFD}");
    }
    let length = text.chars().count();
    if text.is_empty() {
        Err(Wrong::Missing)
    } else if length > LONGEST {
        Err(Wrong::TooLong { most: LONGEST, length })
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed_and_nothing_shorter_is() {
        let receipt = Receipt([0xA5; 16]);
        assert_eq!(receipt.text().len(), 26);
        assert_eq!(Receipt::read(&receipt.text()), Some(receipt.clone()));
        let typed =
            format!(" {} ", receipt.code().to_lowercase().replace('-', " – ").replace('1', "l").replace('0', "o"));
        assert_eq!(Receipt::read(&typed), Some(receipt.clone()));
        let text = receipt.text();
        for wrong in ["", &text[1..], &format!("{text}0"), &text.replace(&text[..1], "Z"), &"U".repeat(26), "ééé"] {
            assert_eq!(Receipt::read(wrong), None, "{wrong}");
        }
        for bytes in [[0; 16], [0xFF; 16]] {
            assert_eq!(Receipt::read(&Receipt(bytes).code()), Some(Receipt(bytes)));
        }
    }

    #[test]
    fn a_message_opens_in_its_conversation_under_its_number_alone() {
        let staff = Keys::generate().unwrap();
        let receipt = Receipt::random().unwrap();
        let (key, wrapped) = ConversationKey::make(&receipt, staff.public()).unwrap();
        let content = Content { from: String::new(), text: "a planted phrase".to_owned() };
        let sealed = key.seal(3, &content).unwrap();
        let by_receipt = ConversationKey::for_visitor(&receipt, &wrapped).unwrap();
        let by_staff = ConversationKey::for_staff(receipt.conversation(), &staff, &wrapped).unwrap();
        assert!(by_receipt.open(3, &sealed).unwrap() == content && by_staff.open(3, &sealed).unwrap() == content);
        assert!(by_staff.open(4, &sealed).is_err(), "another number");
        let (other, _) = ConversationKey::make(&Receipt::random().unwrap(), staff.public()).unwrap();
        assert!(other.open(3, &sealed).is_err(), "another conversation");
        assert!(ConversationKey::for_visitor(&Receipt::random().unwrap(), &wrapped).is_err());
        assert!(ConversationKey::for_staff(receipt.conversation(), &Keys::generate().unwrap(), &wrapped).is_err());
    }

    #[test]
    fn a_form_makes_one_receipt_which_nobody_without_the_keys_can_make() {
        let (keys, others) = (Keys::generate().unwrap(), Keys::generate().unwrap());
        let form = Receipt::random().unwrap();
        let receipt = Receipt::of_form(keys.public(), &form);
        assert_eq!(receipt, Receipt::of_form(keys.public(), &form));
        assert_ne!(receipt, form);
        assert_ne!(receipt, Receipt::of_form(others.public(), &form));
    }

    #[test]
    fn a_text_that_nobody_can_see_is_none_and_odd_letters_keep_nobody_from_writing() {
        assert_eq!(read_text(" a\r\nb ").as_deref(), Ok("a\nb"));
        assert_eq!(read_text(" \n "), Err(Wrong::Missing));
        assert_eq!(read_text("help\u{202E}me").as_deref(), Ok("help\u{FFFD}me"));
        assert!(read_text(&"é".repeat(LONGEST)).is_ok());
        assert_eq!(read_text(&"é".repeat(LONGEST + 1)), Err(Wrong::TooLong { most: LONGEST, length: LONGEST + 1 }));
    }
}
