//! What is recorded of webchat. Nothing of what anybody wrote.

use crate::base::audit::model::actions;

actions! {
    CHAT_TAKEN = "chat_taken", "took a chat to answer it";
    CHAT_OPENED = "chat_opened", "read a chat that is not theirs or has ended";
    CHAT_ENDED = "chat_ended", "ended a chat";
    CHAT_DUTY = "chat_duty", "said whether they answer chats, and which";
}
