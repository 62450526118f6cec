//! The queue for hashing passwords. Hashing fills a core, so few are hashed at once and the rest wait; households take turns, so that
//! one that sends a thousand does not make the others wait for all of them. Browsers that somebody signed in with before go first.

use std::collections::{HashMap, VecDeque};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use uuid::Uuid;

/// The most of one household that wait.
const MOST_WAITING: usize = 20;

/// The sender of a waiting request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Whose {
    /// A browser or person known to the site.
    Known(Uuid),
    /// A household, whose members share an address (see [`crate::base::web::client::rate_limit_key`]).
    Household(Option<IpAddr>),
}

/// The turns of a node; clones share them.
#[derive(Clone)]
pub struct Turns(Arc<Mutex<State>>);

struct State {
    /// The number that may still be worked on now.
    free: usize,
    known: Line,
    strangers: Line,
}

/// The waiting requests in the order of their turns.
#[derive(Default)]
struct Line {
    order: VecDeque<Whose>,
    waiting: HashMap<Whose, VecDeque<oneshot::Sender<Turn>>>,
}

/// The right to be worked on; dropped, the next one has it.
pub struct Turn(Option<Turns>);

impl Turns {
    /// With so many at once.
    pub fn new(at_once: usize) -> Self {
        let state = State { free: at_once, known: Line::default(), strangers: Line::default() };
        Self(Arc::new(Mutex::new(state)))
    }

    /// Waits for a turn. None where too many of the same household wait already.
    pub async fn take(&self, whose: Whose) -> Option<Turn> {
        let turn = {
            let mut state = self.state();
            if state.free > 0 {
                state.free -= 1;
                return Some(Turn(Some(self.clone())));
            }
            match whose {
                Whose::Known(_) => state.known.add(whose)?,
                Whose::Household(_) => state.strangers.add(whose)?,
            }
        };
        turn.await.ok()
    }

    fn give_back(self) {
        loop {
            let next = {
                let mut state = self.state();
                let next = state.known.next().or_else(|| state.strangers.next());
                if next.is_none() {
                    state.free += 1;
                }
                next
            };
            let Some(next) = next else { return };
            match next.send(Turn(Some(self.clone()))) {
                Ok(()) => return,
                // They do not wait any more.
                Err(mut turn) => turn.0 = None,
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn add(&mut self, whose: Whose) -> Option<oneshot::Receiver<Turn>> {
        let waiting = self.waiting.entry(whose).or_default();
        // Requests that were given up free their places.
        waiting.retain(|sender| !sender.is_closed());
        if waiting.len() >= MOST_WAITING {
            return None;
        }
        let (sender, receiver) = oneshot::channel();
        waiting.push_back(sender);
        if !self.order.contains(&whose) {
            self.order.push_back(whose);
        }
        Some(receiver)
    }

    fn next(&mut self) -> Option<oneshot::Sender<Turn>> {
        loop {
            let whose = self.order.pop_front()?;
            let Some(waiting) = self.waiting.get_mut(&whose) else { continue };
            let next = waiting.pop_front();
            if waiting.is_empty() {
                self.waiting.remove(&whose);
            } else {
                self.order.push_back(whose);
            }
            if next.is_some() {
                return next;
            }
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if let Some(turns) = self.0.take() {
            turns.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures_util::FutureExt as _;
    use tokio::sync::Mutex;

    use super::*;

    fn household(number: u8) -> Whose {
        Whose::Household(Some(IpAddr::from([203, 0, 113, number])))
    }

    /// The waiters that got a turn, in order, where these wait in this order for the one turn that there is.
    async fn served(waiting: &[Whose]) -> Vec<Whose> {
        let (turns, order) = (Turns::new(1), Arc::new(Mutex::new(Vec::new())));
        let first = turns.take(household(0)).await.unwrap();
        let mut tasks = Vec::new();
        for whose in waiting {
            let (turns, order, whose) = (turns.clone(), Arc::clone(&order), *whose);
            tasks.push(tokio::spawn(async move {
                let Some(_turn) = turns.take(whose).await else { return };
                order.lock().await.push(whose);
            }));
            // On one thread it runs up to where it waits.
            tokio::task::yield_now().await;
        }
        drop(first);
        for task in tasks {
            task.await.unwrap();
        }
        Arc::into_inner(order).unwrap().into_inner()
    }

    #[tokio::test]
    async fn households_take_turns_and_known_browsers_go_first() {
        let known = Whose::Known(Uuid::nil());
        let (flood, honest) = (household(1), household(2));
        assert_eq!(served(&[flood, flood, flood, honest, known]).await, [known, flood, honest, flood, flood]);
    }

    #[tokio::test]
    async fn so_many_of_a_household_wait_and_no_more() {
        let waiting = vec![household(1); 100];
        assert_eq!(served(&waiting).await.len(), MOST_WAITING);
    }

    #[tokio::test]
    async fn whoever_gave_up_takes_no_turn() {
        let turns = Turns::new(1);
        let first = turns.take(household(1)).await.unwrap();
        let mut gives_up = Box::pin(turns.take(household(2)));
        assert!((&mut gives_up).now_or_never().is_none());
        drop(gives_up);
        drop(first);
        assert!(turns.take(household(3)).await.is_some());
        assert_eq!(turns.state().free, 1);
    }
}
