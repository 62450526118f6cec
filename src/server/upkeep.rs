//! Work of a node besides answering requests. Every node tells what it shows. One that serves staff also seals the audit log, signs for
//! the public log, sends mail, and does the jobs that features declare.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

use crate::base::audit;
use crate::base::audit::sealer;
use crate::base::database::DatabaseError;
use crate::base::mail::Sender;
use crate::base::tlog::signing;
use crate::base::tlog::signing::Signing;
use crate::desk::Desk;
use crate::desk::feature::Job;
use crate::features;
use crate::features::dashboard::nodes;
use crate::features::dashboard::nodes::NodeHead;
use crate::server::stopping::until_stopped;
use crate::site::Site;

/// The time limit for writing down what the node says of itself.
const LIMIT: Duration = Duration::from_secs(3);

/// The name of a node where all are listed.
pub(super) struct Name {
    id: Uuid,
    host_and_port: String,
    /// True where the node serves staff, and so seals the audit log.
    seals: bool,
}

impl Name {
    /// The machine's name and the port that the node answers on; new at each start.
    pub(super) fn new(address: SocketAddr, seals: bool) -> Self {
        let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
        let host = match host.trim() {
            "" => address.ip().to_string(),
            host => host.to_owned(),
        };
        Self { id: Uuid::now_v7(), host_and_port: format!("{host}:{}", address.port()), seals }
    }

    /// Tells what the node shows now.
    pub(super) async fn tell(&self, site: &Site) {
        let edition = site.edition();
        let told = NodeHead {
            name: self.host_and_port.clone(),
            length: edition.published.length,
            head: edition.published.head,
            seen_at: site.clock().now(),
            seals: self.seals,
        };
        let done = site
            .database()
            .write(LIMIT, async move |connection| {
                nodes::tell(connection, self.id, &told).await.map_err(DatabaseError::from)
            })
            .await;
        if let Err(DatabaseError::Sql(error)) = done {
            tracing::warn!(%error, "other nodes were not told what this one shows");
        }
    }

    /// Leaves the list: the node ends.
    pub(super) async fn leave(&self, site: &Site) {
        let left = site
            .database()
            .write(LIMIT, async move |connection| nodes::leave(connection, self.id).await.map_err(DatabaseError::from))
            .await;
        if let Err(error) = left {
            tracing::debug!(%error, "this node stays in the list of nodes for a while");
        }
    }
}

/// Others who keep the heads can tell later whether anything before them was changed.
pub(super) async fn say_heads(site: &Site) {
    let edition = site.edition();
    if let Some(head) = edition.published.head {
        tracing::info!(length = edition.published.length, %head, "head of the ledger: keep it where this site cannot change it");
    }
    let sealed = site.database().read(async |connection| audit::store::seal_head(connection).await).await;
    if let Ok((length, head)) = sealed {
        tracing::info!(length, %head, "head of the audit log: keep it where this site cannot change it");
    }
}

fn signing_for(desk: &Desk) -> Signing {
    let settings = desk.settings();
    Signing {
        database: desk.database().clone(),
        keys: desk.keys().clone(),
        log: desk.site().public_log().clone(),
        after: settings.checkpoint_after,
        witnesses: settings.witnesses.clone(),
        public_url: settings.public_url.clone(),
    }
}

/// The work of a node that serves staff.
pub(super) struct Upkeep {
    desk: Desk,
    sender: Sender,
}

impl Upkeep {
    /// # Errors
    /// When a setting of mail cannot be used.
    pub(super) fn new(desk: Desk) -> anyhow::Result<Self> {
        let clock = desk.site().clock().clone();
        let sender = Sender::new(desk.settings(), desk.database().clone(), desk.keys().clone(), clock)?;
        Ok(Self { desk, sender })
    }

    /// Starts the work; it ends by itself once the node is told to. `mail` wakes the sender.
    pub(super) fn start(self, mail: watch::Receiver<u64>, stopped: &watch::Receiver<bool>) -> JoinSet<()> {
        let mut work = JoinSet::new();
        work.spawn(sealer::run(self.desk.database().clone(), until_stopped(stopped.clone())));
        work.spawn(signing::run(signing_for(&self.desk), until_stopped(stopped.clone())));
        work.spawn(self.sender.run(mail, until_stopped(stopped.clone())));
        for job in features::ALL.iter().flat_map(|feature| feature.jobs) {
            work.spawn(repeat(job, self.desk.clone(), until_stopped(stopped.clone())));
        }
        work
    }
}

/// Does a job again and again until `stop`.
async fn repeat(job: &'static Job, desk: Desk, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut timer = interval(job.every);
    timer.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let round = async {
            timer.tick().await;
            (job.run)(&desk).await
        };
        let done = tokio::select! {
            () = &mut stop => return,
            done = round => done,
        };
        match done {
            Ok(()) | Err(DatabaseError::Away | DatabaseError::Busy) => {}
            Err(error) => tracing::warn!(%error, job = job.name, "a job was not done and is tried again"),
        }
    }
}
