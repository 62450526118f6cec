//! JSON over a WebSocket, which is how both browsers are spoken to: Chromium in its DevTools protocol, Firefox in WebDriver
//! BiDi.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// A connection to a browser.
pub(crate) struct Wire {
    out: mpsc::UnboundedSender<Value>,
    waiting: Arc<Mutex<HashMap<u64, oneshot::Sender<Value>>>>,
    events: Arc<Mutex<Vec<Value>>>,
    next: AtomicU64,
}

impl Wire {
    pub(crate) async fn connect(url: &str) -> Self {
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let (socket, _) = tokio_tungstenite::connect_async_with_config(url, Some(config), true).await.unwrap();
        let (mut sink, mut stream) = socket.split();
        let (out, mut queue) = mpsc::unbounded_channel::<Value>();
        let wire = Self { out, waiting: Arc::default(), events: Arc::default(), next: AtomicU64::new(1) };
        tokio::spawn(async move {
            while let Some(message) = queue.recv().await {
                if sink.send(Message::text(message.to_string())).await.is_err() {
                    break;
                }
            }
        });
        let (waiting, events) = (Arc::clone(&wire.waiting), Arc::clone(&wire.events));
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                let Ok(text) = message.into_text() else { continue };
                let Ok(message) = serde_json::from_str::<Value>(&text) else { continue };
                match message["id"].as_u64().and_then(|id| waiting.lock().unwrap().remove(&id)) {
                    Some(reply) => drop(reply.send(message)),
                    None => events.lock().unwrap().push(message),
                }
            }
            // Whoever still waits learns that the browser is gone.
            waiting.lock().unwrap().clear();
        });
        wire
    }

    /// Sends a command, to one tab of Chromium where `session` names it.
    ///
    /// # Errors
    /// What the browser says against it.
    pub(crate) async fn ask(&self, method: &str, parameters: Value, session: Option<&str>) -> Result<Value, String> {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (reply, replied) = oneshot::channel();
        self.waiting.lock().unwrap().insert(id, reply);
        let mut message = json!({ "id": id, "method": method, "params": parameters });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.out.send(message).map_err(|_| "the browser is gone".to_owned())?;
        let mut reply = tokio::time::timeout(super::LIMIT, replied)
            .await
            .map_err(|_| format!("{method}: no answer"))?
            .map_err(|_| format!("{method}: the browser is gone"))?;
        if reply["error"].is_null() { Ok(reply["result"].take()) } else { Err(format!("{method}: {reply}")) }
    }

    /// Asks the same, and ends the test where it is refused.
    pub(crate) async fn send(&self, method: &str, parameters: Value, session: Option<&str>) -> Value {
        self.ask(method, parameters, session).await.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The events of one kind that the browser has sent.
    pub(crate) fn events(&self, method: &str) -> Vec<Value> {
        self.events.lock().unwrap().iter().filter(|event| event["method"] == method).cloned().collect()
    }
}
