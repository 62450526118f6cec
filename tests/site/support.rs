//! A site in process: its own database, the starter set, a clock that stands still.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use bluelamp::clock::Clock;
use bluelamp::config::Settings;
use bluelamp::database::{Cluster, ClusterOptions, Database, DatabaseSettings, Programs, migrate};
use bluelamp::notices::{Published, Site, import};
use http_body_util::BodyExt as _;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tokio::sync::OnceCell;
use tower::ServiceExt as _;

/// Superuser and owner address of the cluster that all tests of a run share; it ends with the process.
static CLUSTER: OnceCell<(String, String)> = OnceCell::const_new();

async fn cluster() -> &'static (String, String) {
    CLUSTER
        .get_or_init(|| async {
            let folder = std::path::Path::new("/tmp").join(format!("bl-{}", uuid::Uuid::now_v7().simple()));
            std::fs::create_dir_all(&folder).unwrap();
            let options = ClusterOptions {
                durable: false,
                stop_with_parent: true,
                max_connections: 100,
                fallback: folder.join("fallback"),
                ..ClusterOptions::default()
            };
            let cluster = Cluster::start(&Programs::find(None).unwrap(), &folder.join("data"), options).await.unwrap();
            let urls = (cluster.superuser_url(), cluster.owner_url());
            migrate(&urls.1, Some("bluelamp_app")).await.unwrap();
            // Kept until the process ends: its watchdog stops Postgres then.
            std::mem::forget(cluster);
            urls
        })
        .await
}

/// The site that a test drives.
pub(crate) struct TestSite {
    pub(crate) site: Site,
    pub(crate) clock: Clock,
    pub(crate) owner_url: String,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The visible words, blanks collapsed.
    pub(crate) fn words(&self) -> String {
        let main = scraper::Html::parse_document(&self.body);
        let text: String = main.root_element().text().collect();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl TestSite {
    /// With the starter set, on 24 November 2026.
    pub(crate) async fn start() -> Self {
        let (superuser, owner) = cluster().await;
        let name = format!("t{}", uuid::Uuid::now_v7().simple());
        let mut connection = PgConnection::connect(superuser).await.unwrap();
        let sql = format!("create database {name} template bluelamp owner bluelamp_owner");
        // Two clones at once wait for one another, and one of them in vain.
        for _ in 0..200 {
            if sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&mut connection).await.is_ok() {
                break;
            }
            tokio::task::yield_now().await;
        }
        let owner_url = owner.replacen("/bluelamp?", &format!("/{name}?"), 1);
        let clock = Clock::fixed("2026-11-24T12:00:00Z".parse().unwrap());
        let mut connection = PgConnection::connect(&owner_url).await.unwrap();
        sqlx::raw_sql(
            "create or replace function bluelamp_now() returns timestamptz language sql volatile parallel safe
            as $$ select timestamptz '2026-11-24 12:00:00+00' $$",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        let mut transaction = connection.begin().await.unwrap();
        import::starter(&mut transaction, clock.now()).await.unwrap();
        transaction.commit().await.unwrap();
        let database = Database::new(&owner_url, &DatabaseSettings::default()).unwrap();
        let site = Site::new(Settings::for_tests(), database, clock.clone(), Published::default());
        assert!(site.refresh().await.unwrap());
        Self { site, clock, owner_url }
    }

    pub(crate) async fn connection(&self) -> PgConnection {
        PgConnection::connect(&self.owner_url).await.unwrap()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = bluelamp::public::router(self.site.clone()).unwrap().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get_with(&self, path: &str, name: &str, value: &str) -> Answer {
        self.send(Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, form: &'static str) -> Answer {
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(form))
            .unwrap();
        self.send(request).await
    }
}
