//! The real program as a process of its own: how soon it answers, and how much memory it has.

use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::scene::Place;

/// `candor serve`, which stops when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    pub address: SocketAddr,
    /// From starting it to the whole answer to the first request.
    pub first_answer: Duration,
}

impl Program {
    /// Starts the program on a deployment and asks for the first page of the form, which needs the
    /// organisation, its people and every approval checked.
    pub fn start(place: &Place) -> Self {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        command
            .arg("serve")
            .env_clear()
            .env("CANDOR_LISTEN", address.to_string())
            .env("CANDOR_DATA_DIR", &place.data)
            .env("CANDOR_SERVICE_KEY_FILE", &place.key)
            .current_dir(&place.data)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = Instant::now();
        let child = command.spawn().unwrap();
        let mut program = Self { child, address, first_answer: Duration::ZERO };
        let mut client = loop {
            if let Ok(client) = Client::connect(address) {
                break client;
            }
            assert!(program.child.try_wait().unwrap().is_none(), "the program stopped by itself");
            assert!(started.elapsed() < Duration::from_secs(20), "the program does not listen");
            std::thread::sleep(Duration::from_micros(200));
        };
        let answer = client.get("/write").unwrap();
        program.first_answer = started.elapsed();
        assert_eq!(answer.status, 200);
        program
    }

    /// A line of what the system knows of the program's memory, in KiB.
    pub fn memory(&self, line: &str) -> u64 {
        memory(self.child.id(), line)
    }

    /// Watches the memory until the watch is ended.
    pub fn watch(&self) -> Watch {
        let (id, ended, most) =
            (self.child.id(), Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (told, highest) = (Arc::clone(&ended), Arc::clone(&most));
        let thread = std::thread::spawn(move || {
            while !told.load(Ordering::Relaxed) {
                highest.fetch_max(memory(id, "VmRSS:"), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Watch { ended, most, thread }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // As an operator stops it; killing it would leave a log for the next start to work through.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// The highest memory seen.
#[derive(Debug)]
pub struct Watch {
    ended: Arc<AtomicBool>,
    most: Arc<AtomicU64>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub fn end(self) -> u64 {
        self.ended.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
        self.most.load(Ordering::Relaxed)
    }
}

fn memory(id: u32, line: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|text| text.strip_prefix(line)).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
