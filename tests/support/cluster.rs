//! A PostgreSQL cluster of the tests' own: started once, in a temporary folder, on a free port,
//! and stopped when this process ends, however it ends.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection};
use tokio::sync::OnceCell;

/// Makes the cluster, serves until its input ends (that is, until the tests are over), then
/// stops it by its own process id and removes what it wrote.
const SCRIPT: &str = r#"
trap '' INT
folder=$(mktemp -d /tmp/candor-postgres.XXXXXX)
"$1/initdb" -D "$folder/data" -U candor -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || { cat "$folder/log"; exit 1; }
"$1/postgres" -D "$folder/data" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=150 -c log_min_messages=fatal $3 >>"$folder/log" 2>&1 &
server=$!
tries=0
until "$1/pg_isready" -q -h 127.0.0.1 -p "$2" -U candor -d postgres; do
    tries=$((tries + 1))
    if [ $tries -gt 150 ] || ! kill -0 $server; then cat "$folder/log"; kill -9 $server; rm -rf "$folder"; exit 1; fi
    sleep 0.1
done
echo ready
read -r _
kill -INT $server
wait $server
rm -rf "$folder"
"#;

/// The running cluster.
#[derive(Debug)]
pub struct Cluster {
    port: u16,
    /// The cluster lives as long as this pipe is open.
    _alive: (Child, ChildStdin),
}

static CLUSTER: OnceCell<Option<Cluster>> = OnceCell::const_new();
static NAMES: AtomicU32 = AtomicU32::new(0);

/// The cluster of this run; none if this machine has no PostgreSQL.
pub async fn cluster() -> Option<&'static Cluster> {
    CLUSTER.get_or_init(async || Cluster::start("")).await.as_ref()
}

/// The newest version installed.
pub(super) fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .max_by_key(|folder| {
            folder.parent().and_then(|version| version.file_name()?.to_str()?.parse::<u32>().ok())
        })
}

/// A shell that may run PostgreSQL, which refuses to run as root.
pub(super) fn shell() -> Command {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if !root {
        return Command::new("sh");
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "sh"]);
    command
}

impl Cluster {
    /// Starts one with further settings, written as on PostgreSQL's command line.
    #[must_use]
    pub fn start(settings: &str) -> Option<Self> {
        let Some(programs) = programs() else {
            super::skip("postgres", "no server was found under /usr/lib/postgresql");
            return None;
        };
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut child = shell()
            .args(["-c", SCRIPT, "sh"])
            .arg(programs)
            .arg(port.to_string())
            .arg(settings)
            .current_dir("/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let input = child.stdin.take().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let said: Vec<String> = output
            .by_ref()
            .map(|line| line.unwrap())
            .scan(false, |done, line| (!std::mem::replace(done, line == "ready")).then_some(line))
            .take_while(|line| line != "ready")
            .collect();
        assert!(child.try_wait().unwrap().is_none(), "PostgreSQL did not start:\n{}", said.join("\n"));
        Some(Self { port, _alive: (child, input) })
    }

    /// How to connect to one of its databases.
    #[must_use]
    pub fn options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("candor")
            .database(database)
    }

    async fn administer(&self, statement: String) {
        let options = self.options("postgres").disable_statement_logging();
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        sqlx::query(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    /// Makes a database of its own for a test, as a copy of `template`.
    pub async fn create(&self, template: &str) -> String {
        let name = format!("test_{}", NAMES.fetch_add(1, Ordering::Relaxed));
        self.administer(format!("CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")).await;
        name
    }

    pub async fn remove(&self, name: &str) {
        self.administer(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}
