//! Two PostgreSQL servers, one a synchronous standby of the other, as docs/scaling.md says to set them up: started in
//! a temporary folder, and stopped when this process ends, however it ends.

use std::io::{BufRead, BufReader, Lines, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use sqlx::postgres::PgConnectOptions;

use super::cluster::{programs, shell};

/// Makes both, then does what it is told, a word a line. Each server is ended by the numbers of its own processes.
const SCRIPT: &str = r#"
trap '' INT
bin=$1; one=$2; two=$3
folder=$(mktemp -d /tmp/candor-standby.XXXXXX)
fail() { cat "$folder/log"; kill -9 $first $second 2>/dev/null; rm -rf "$folder"; exit 1; }
start() {
    "$bin/postgres" -D "$folder/$1" -p "$2" -c listen_addresses=127.0.0.1 -c unix_socket_directories= \
        -c max_connections=100 >>"$folder/log" 2>&1 &
}
wait_for() {
    tries=0
    until "$bin/pg_isready" -q -h 127.0.0.1 -p "$1" -U candor -d postgres; do
        tries=$((tries + 1)); [ $tries -gt 200 ] && fail; sleep 0.1
    done
}
ask() { "$bin/psql" -X -A -t -h 127.0.0.1 -p "$1" -U candor -d postgres -c "$2" 2>>"$folder/log"; }
children() { cat "/proc/$1/task/$1/children" 2>/dev/null; }

"$bin/initdb" -D "$folder/one" -U candor -A trust -E UTF8 --locale=C --no-sync >"$folder/log" 2>&1 || fail
start one "$one"; first=$!
wait_for "$one"
"$bin/pg_basebackup" -d "host=127.0.0.1 port=$one user=candor application_name=two" -D "$folder/two" -R -X stream \
    -c fast --no-sync >>"$folder/log" 2>&1 || fail
start two "$two"; second=$!
wait_for "$two"
ask "$one" "ALTER SYSTEM SET synchronous_standby_names = 'two'" >>"$folder/log" || fail
ask "$one" "SELECT pg_reload_conf()" >>"$folder/log" || fail
tries=0
until [ "$(ask "$one" 'SELECT sync_state FROM pg_stat_replication')" = sync ]; do
    tries=$((tries + 1)); [ $tries -gt 200 ] && fail; sleep 0.1
done
echo ready
while read -r word; do
    case $word in
        kill) kill -9 $first $(children $first); wait $first 2>/dev/null; echo done ;;
        promote) "$bin/pg_ctl" promote -D "$folder/two" -w >>"$folder/log" 2>&1; echo done ;;
        return) start one "$one"; first=$!; wait_for "$one"; echo done ;;
        log) echo "$(tail -30 "$folder/log")"; echo done ;;
    esac
done
kill -INT $first $second 2>/dev/null
wait $first $second
rm -rf "$folder"
"#;

/// The two servers.
#[derive(Debug)]
pub struct Pair {
    pub servers: [SocketAddr; 2],
    script: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    /// They live as long as its pipe is open.
    _alive: Child,
}

impl Pair {
    /// None if this machine has no PostgreSQL.
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            super::skip("postgres", "no server was found under /usr/lib/postgresql");
            return None;
        };
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let servers = [free(), free()];
        let mut child = shell()
            .args(["-c", SCRIPT, "sh"])
            .arg(programs)
            .args(servers.map(|server| server.port().to_string()))
            .current_dir("/tmp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell can be started");
        let input = child.stdin.take().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let pair = Self { servers, script: Mutex::new((input, lines)), _alive: child };
        pair.until("ready");
        Some(pair)
    }

    fn until(&self, word: &str) {
        let (_, lines) = &mut *self.script.lock().unwrap();
        let mut said = Vec::new();
        for line in lines {
            let line = line.unwrap();
            if line == word {
                return;
            }
            said.push(line);
        }
        panic!("the standby did not come to {word}:\n{}", said.join("\n"));
    }

    fn tell(&self, word: &str) {
        writeln!(self.script.lock().unwrap().0, "{word}").unwrap();
        self.until("done");
    }

    /// SIGKILL to the primary and everything that it started.
    pub fn kill_primary(&self) {
        self.tell("kill");
    }

    /// Lets the standby take over.
    pub fn promote(&self) {
        self.tell("promote");
    }

    /// Starts the old primary again as if nothing had happened, as nobody should.
    pub fn old_primary_returns(&self) {
        self.tell("return");
    }

    /// How to connect to a server, past every balancer.
    pub fn options(&self, server: usize, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.servers[server].port())
            .username("candor")
            .database(database)
    }

    /// Brings a database over from where a test has it.
    pub fn copy_from(&self, address: &str) {
        let bin = programs().unwrap();
        let port = self.servers[0].port().to_string();
        let here = ["-X", "-q", "-h", "127.0.0.1", "-p", &port, "-U", "candor", "-d", "postgres"];
        let made = Command::new(bin.join("psql")).args(here).args(["-c", "CREATE DATABASE candor"]).status();
        assert!(made.unwrap().success());
        // What follows the question mark is for the program's own driver.
        let address = address.split('?').next().unwrap();
        let mut dump =
            Command::new(bin.join("pg_dump")).args(["-d", address]).stdout(Stdio::piped()).spawn().unwrap();
        let mut load = Command::new(bin.join("psql"));
        load.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", &port, "-U", "candor"]);
        let loaded =
            load.args(["-d", "candor"]).stdin(dump.stdout.take().unwrap()).stdout(Stdio::null()).status();
        assert!(dump.wait().unwrap().success() && loaded.unwrap().success());
    }
}
