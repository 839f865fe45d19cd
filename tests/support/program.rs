//! The program itself, as a process of its own, on the data of a test.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::app::TestApp;

const PATIENCE: Duration = Duration::from_mins(1);

/// Where the program finds its data.
#[derive(Debug)]
pub struct Place {
    pub data: PathBuf,
    pub key: PathBuf,
    pub database: String,
}

impl Place {
    /// The data of `app`; on a database that needs no folder, `empty`.
    pub fn of(app: &TestApp, empty: &Path) -> Self {
        let key = app.candor.settings.founders_file.with_file_name("service.key");
        candor::config::write_private(&key, "03".repeat(32).as_bytes()).unwrap();
        let data = app.database.folder().unwrap_or(empty).to_owned();
        Self { data, key, database: app.database.setting() }
    }

    pub fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        command
            .args(arguments)
            .env_clear()
            .env("CANDOR_DATA_DIR", &self.data)
            .env("CANDOR_SERVICE_KEY_FILE", &self.key)
            .env("CANDOR_DATABASE", &self.database)
            .current_dir(&self.data);
        command
    }

    /// What `candor verify --json` says, and whether it is content.
    pub fn verify(&self) -> (serde_json::Value, bool) {
        let output = self.program(&["verify", "--json"]).output().unwrap();
        let report = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (report, output.status.success())
    }
}

/// Another program or ours, listening; killed when dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    pub address: SocketAddr,
}

impl Running {
    /// `candor serve` with more settings.
    pub async fn start(place: &Place, settings: &[(&str, String)]) -> Self {
        let address = free_address();
        let mut command = place.program(&["serve"]);
        command
            .env("CANDOR_LISTEN", address.to_string())
            .envs(settings.iter().map(|(name, value)| (*name, value.as_str())))
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        Self::listening(command, address).await
    }

    /// Starts a program and waits until it listens.
    pub async fn listening(mut command: Command, address: SocketAddr) -> Self {
        let mut child = command.spawn().unwrap();
        let begun = Instant::now();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            assert!(child.try_wait().unwrap().is_none(), "the program stopped by itself");
            assert!(begun.elapsed() < PATIENCE, "the program does not listen");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Self { child, address }
    }
}

impl Running {
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The site as this process serves it, for whoever asks a router.
    pub fn router(&self) -> Router {
        router_to(self.address)
    }

    /// The most memory that it has had at once, in KiB.
    pub fn most_memory(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches("kB").trim().parse().unwrap()
    }
}

/// Passes each request on to an address, over a connection of its own, which ends with the answer.
pub fn router_to(address: SocketAddr) -> Router {
    let connections = Connections::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build_http();
    Router::new().fallback(move |request: Request| {
        let connections: Connections<HttpConnector, Body> = connections.clone();
        async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            parts.uri = format!("http://{address}{path}").parse().unwrap();
            let answer = connections.request(Request::from_parts(parts, body)).await.unwrap();
            answer.map(Body::new)
        }
    })
}

impl Running {
    /// Asks it to stop, as systemd does.
    pub fn terminate(&self) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::TERM).unwrap();
    }

    /// How it ended, and how long that took.
    pub async fn ended(mut self) -> (std::process::ExitStatus, Duration) {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status, begun.elapsed());
            }
            assert!(begun.elapsed() < PATIENCE, "the program does not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An address of this machine at which nothing listens.
pub fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}
