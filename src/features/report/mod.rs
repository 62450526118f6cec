//! Telling the force about something. Until there are forms, how to call.

pub mod public;
