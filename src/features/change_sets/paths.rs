//! The paths of the pages about change sets.

use crate::base::web::paths::paths;

paths! {
    SETS = "/change-sets";
    SET_NEW = "/change-sets/new";
    SET = "/change-sets/{id}", set(id);
    SET_PARTS = "/change-sets/{id}/parts", set_parts(id);
    SET_SUBMIT = "/change-sets/{id}/submit", set_submit(id);
    SET_APPROVE = "/change-sets/{id}/approve", set_approve(id);
    SET_SEND_BACK = "/change-sets/{id}/send-back", set_send_back(id);
    SET_CANCEL = "/change-sets/{id}/cancel", set_cancel(id);
    SET_PUT_BACK = "/change-sets/{id}/put-back", set_put_back(id);
    SET_PUBLISH = "/change-sets/{id}/publish", set_publish(id);
}
