//! haproxy with the file of docs/deploy, adapted to this machine.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::program::{Running, free_address};
use crate::deployment::{changed, is_installed};

const FILE: &str = include_str!("../../docs/deploy/haproxy.cfg");
const SCRIPT: &str = include_str!("../../docs/deploy/candor-primary");

/// A balancer before two machines, and before two PostgreSQL servers.
#[derive(Debug)]
pub struct Balancer {
    _running: Running,
    /// Where visitors come.
    pub site: SocketAddr,
    /// Where the program finds its database.
    pub database: SocketAddr,
    /// The script that asks a server whether it takes writes.
    pub script: PathBuf,
    _folder: TempDir,
}

impl Balancer {
    /// None if this machine has no haproxy.
    pub async fn start(machines: [SocketAddr; 2], servers: [SocketAddr; 2]) -> Option<Self> {
        if !is_installed("haproxy") {
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let (site, database) = (free_address(), free_address());
        let script = folder.path().join("candor-primary");
        let asking = changed(
            SCRIPT,
            &[
                ("192.0.2.21:5432 192.0.2.22:5432", &format!("{} {}", servers[0], servers[1])),
                ("role=candor_check", "role=candor"),
            ],
        );
        candor::config::write_private(&script, asking.as_bytes()).unwrap();
        let runnable = std::os::unix::fs::PermissionsExt::from_mode(0o700);
        std::fs::set_permissions(&script, runnable).unwrap();
        let file = changed(
            FILE,
            &[
                ("    user haproxy\n    group haproxy\n", ""),
                ("bind :443", &format!("bind {site}")),
                // Everybody here has one address; and these machines have no proxy of their own.
                ("balance source\n    hash-type consistent", "balance roundrobin"),
                (
                    " check-ssl check-sni candor.example.gov verify required ca-file \
                     /etc/ssl/certs/ca-certificates.crt send-proxy-v2 check-send-proxy",
                    "",
                ),
                ("192.0.2.11:443", &machines[0].to_string()),
                ("192.0.2.12:443", &machines[1].to_string()),
                ("bind 127.0.0.1:5433", &format!("bind {database}")),
                ("/etc/haproxy/candor-primary", &script.display().to_string()),
                ("192.0.2.21:5432", &servers[0].to_string()),
                ("192.0.2.22:5432", &servers[1].to_string()),
            ],
        );
        let place = folder.path().join("haproxy.cfg");
        std::fs::write(&place, file).unwrap();
        let mut command = Command::new("haproxy");
        command.arg("-db").arg("-f").arg(&place).stdout(Stdio::null()).stderr(Stdio::null());
        let running = Running::listening(command, database).await;
        Some(Self { _running: running, site, database, script, _folder: folder })
    }

    /// Whether a server is the one that takes writes, as haproxy asks.
    pub fn takes_writes(&self, server: SocketAddr) -> bool {
        let mut command = Command::new(&self.script);
        command.args(["127.0.0.1", "0", "127.0.0.1", &server.port().to_string()]);
        command.status().unwrap().success()
    }
}
