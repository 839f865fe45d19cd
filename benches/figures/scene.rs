//! The deployment that everything is measured on: the organisation of the demonstration with its
//! eighteen concerns, in an SQLite file on a real disk, copied for each server.

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
use tempfile::TempDir;

/// The files of one deployment.
#[derive(Clone, Debug)]
pub struct Place {
    pub data: PathBuf,
    pub key: PathBuf,
}

/// A deployment to copy from.
#[derive(Debug)]
pub struct Scene {
    folder: TempDir,
    first: Place,
}

impl Place {
    fn under(folder: &Path, name: &str) -> Self {
        let place = Self {
            data: folder.join(name).join("data"),
            key: folder.join(name).join("keys").join("service.key"),
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
        let db = Db::sqlite(&self.database()).await.unwrap();
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
    /// Plays the demonstration so that it ends yesterday, and closes it.
    pub async fn play() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let first = Place::under(folder.path(), "first");
        let key = ServiceKey::random(&Randomness::system(), "service key");
        config::write_private(&first.key, key.to_hexadecimal().as_bytes()).unwrap();
        let clock = Clock::simulated(Clock::System.now().plus(-43 * DAY));
        let cheap = Parameters { memory_kib: 1_024, passes: 1, lanes: 1 };
        let candor = first.open(clock, cheap).await;
        demonstration::play(&candor).await.unwrap();
        candor.db.close().await;
        Self { folder, first }
    }

    /// A deployment of its own with the same content.
    pub fn copy(&self, name: &str) -> Place {
        let place = Place::under(self.folder.path(), name);
        std::fs::create_dir_all(place.key.parent().unwrap()).unwrap();
        std::fs::copy(self.first.database(), place.database()).unwrap();
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
