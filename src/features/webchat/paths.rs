//! The paths of webchat. No address holds an id of a visitor's chat: their cookie says which is theirs.

/// Paths of the public site.
pub mod public {
    use crate::base::web::paths::paths;

    paths! {
        WEBCHAT = "/webchat";
        CHAT = "/webchat/chat";
        CHECK = "/webchat/chat/check";
        END = "/webchat/chat/end";
        RETURN = "/webchat/return";
    }
}

/// Paths of the staff site.
pub mod staff {
    use crate::base::web::paths::paths;

    paths! {
        BOARD = "/webchat";
        DUTY = "/webchat/duty";
        PRESENCE = "/webchat/presence";
        TAKE = "/webchat/take";
        ANSWER = "/webchat/chats/{id}/answer", answer(id);
        END = "/webchat/chats/{id}/end", end(id);
        OPEN = "/webchat/chats/{id}/open", open(id);
    }
}
