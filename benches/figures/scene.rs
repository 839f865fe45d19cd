//! The deployment that everything is measured on: the organisation of the demonstration with its
//! eighteen concerns, in an SQLite file on a real disk or in PostgreSQL, copied for each server.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use axum::Router;
use candor::clock::{Clock, DAY};
use candor::crypto::passphrase::Parameters;
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::rng::Randomness;
use candor::service::{Candor, Settings};
use candor::store::Db;
use candor::web::settings::{LimitSettings, WebSettings};
use candor::{config, demonstration, jobs, web};
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;

use crate::cluster::Cluster;

/// The files of one deployment.
#[derive(Clone, Debug)]
pub struct Place {
    pub data: PathBuf,
    pub key: PathBuf,
    /// A database of PostgreSQL; unless there is one, a file in the folder.
    pub postgres: Option<PgConnectOptions>,
}

/// A deployment to copy from.
#[derive(Debug)]
pub struct Scene {
    folder: TempDir,
    first: Place,
    cluster: Option<Cluster>,
}

impl Place {
    fn under(folder: &Path, name: &str) -> Self {
        let place = Self {
            data: folder.join(name).join("data"),
            key: folder.join(name).join("keys").join("service.key"),
            postgres: None,
        };
        std::fs::create_dir_all(&place.data).unwrap();
        place
    }

    pub fn database(&self) -> PathBuf {
        self.data.join("candor.db")
    }

    fn founders(&self) -> PathBuf {
        self.key.with_file_name("founders.toml")
    }

    /// Opens the services over this place.
    pub async fn open(&self, clock: Clock, passphrase: Parameters) -> Candor {
        let key = std::fs::read_to_string(&self.key).unwrap();
        let keys = ServiceKeys::new(&ServiceKey::from_hexadecimal(key.trim()).unwrap());
        let db = match &self.postgres {
            Some(options) => Db::postgres(options.clone()).await.unwrap(),
            None => Db::sqlite(&self.database()).await.unwrap(),
        };
        let settings = Settings { passphrase, cases_per_batch: 50, founders_file: self.founders() };
        Candor::open(db, keys, clock, Randomness::system(), settings)
            .await
            .unwrap()
            .excepting_second_factors()
    }

    pub async fn open_now(&self) -> Candor {
        self.open(Clock::System, Parameters::STANDARD).await
    }
}

impl Scene {
    /// Plays the demonstration in a file so that it ends yesterday, and closes it.
    pub async fn play() -> Self {
        Self::play_in(None).await
    }

    /// The same in PostgreSQL as an operator would run it; none if this machine has no server.
    pub async fn play_in_postgres() -> Option<Self> {
        // What tests leave out, because nothing of theirs has to last.
        let settings = "-c fsync=on -c synchronous_commit=on -c full_page_writes=on -c shared_buffers=256MB";
        Some(Self::play_in(Some(Cluster::start(settings)?)).await)
    }

    async fn play_in(cluster: Option<Cluster>) -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let mut first = Place::under(folder.path(), "first");
        if let Some(cluster) = &cluster {
            first.postgres = Some(cluster.options(&cluster.create("template1").await));
        }
        let key = ServiceKey::random(&Randomness::system(), "service key");
        config::write_private(&first.key, key.to_hexadecimal().as_bytes()).unwrap();
        let start = Clock::System.now().plus(-43 * DAY - demonstration::BEFORE);
        let cheap = Parameters { memory_kib: 1_024, passes: 1, lanes: 1 };
        let candor = first.open(Clock::simulated(start.plus(-125 * DAY)), cheap).await;
        demonstration::play_from(&candor, start).await.unwrap();
        candor.db.close().await;
        Self { folder, first, cluster }
    }

    /// A deployment of its own with the same content.
    pub async fn copy(&self, name: &str) -> Place {
        let mut place = Place::under(self.folder.path(), name);
        std::fs::create_dir_all(place.key.parent().unwrap()).unwrap();
        if let (Some(cluster), Some(first)) = (&self.cluster, &self.first.postgres) {
            place.postgres = Some(cluster.options(&cluster.create(first.get_database().unwrap()).await));
        } else {
            std::fs::copy(self.first.database(), place.database()).unwrap();
        }
        std::fs::copy(&self.first.key, &place.key).unwrap();
        std::fs::copy(self.first.founders(), place.founders()).unwrap();
        place
    }
}

/// Serves a router on a free port of this machine.
pub async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// Serves the whole site as `candor serve` does, with its jobs beside it. Only how much one second
/// may bring is raised, so that what is measured is not the limit.
pub async fn serve_site(candor: &Candor) -> SocketAddr {
    let limits =
        LimitSettings { global_burst: 1_000_000, address_burst: 1_000_000, ..LimitSettings::default() };
    let app = web::App::new(candor.clone(), WebSettings { limits, ..WebSettings::default() });
    tokio::spawn(app.limits.clone().tend(app.candor.randomness.clone()));
    let candor = candor.clone();
    tokio::spawn(async move {
        // Dropped with the runtime; until then nobody tells the jobs to stop.
        let (_tell, told) = tokio::sync::watch::channel(false);
        jobs::run(candor, told).await;
    });
    serve(web::router(app)).await
}
