//! The files of docs/deploy and `candor check`, with the real proxies and the real Tor where they are installed.

mod proxies;

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::rustls::pki_types::ServerName;

use crate::support::app::TestApp;
use crate::support::program::{Place, Running, free_address};
use crate::support::tls::Certified;
use crate::support::{Engine, run_on, skip};

const NGINX: &str = include_str!("../docs/deploy/nginx.conf");
const CADDYFILE: &str = include_str!("../docs/deploy/Caddyfile");
const TORRC: &str = include_str!("../docs/deploy/torrc");

pub(crate) fn is_installed(program: &str) -> bool {
    let there = Command::new(program).arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        skip(program, &format!("there is no {program} here"));
    }
    there
}

/// A text with each of its parts put in the place of another; every one must be there.
pub(crate) fn changed(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "the file has changed: {from}");
        text.replace(from, to)
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Nginx,
    Caddy,
}

/// A proxy with the file of docs/deploy, adapted to this machine, and perhaps spoilt.
struct Proxy {
    folder: TempDir,
    certified: Certified,
    tls: SocketAddr,
    onion: SocketAddr,
    running: Option<Running>,
}

impl Proxy {
    /// Starts it before `program`.
    async fn start(kind: Kind, program: SocketAddr, spoilt: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let certified = Certified::of("localhost");
        let (tls, onion) = (free_address(), free_address());
        let mut proxy = Self { folder, certified, tls, onion, running: None };
        let command = match kind {
            Kind::Nginx => proxy.nginx(program, spoilt),
            Kind::Caddy => proxy.caddy(program, spoilt),
        };
        proxy.running = Some(Running::listening(command, tls).await);
        proxy
    }

    fn nginx(&self, program: SocketAddr, spoilt: &[(&str, &str)]) -> Command {
        let folder = self.folder.path().display();
        let certificate = self.certified.folder().display();
        let site = changed(
            NGINX,
            &[
                ("server 127.0.0.1:8080", &format!("server {program}")),
                ("listen 80;", &format!("listen {};", free_address())),
                ("    listen [::]:80;\n", ""),
                ("listen 443 ssl;", &format!("listen {} ssl;", self.tls)),
                ("    listen [::]:443 ssl;\n", ""),
                ("listen 127.0.0.1:8082", &format!("listen {}", self.onion)),
                ("candor.example.gov", "localhost"),
                ("/etc/ssl/candor", &certificate.to_string()),
            ],
        );
        let site = changed(&site, spoilt);
        let whole = format!(
            "daemon off; master_process off; user root; pid {folder}/pid;\nerror_log {folder}/error.log crit;\n\
             events {{}}\nhttp {{\naccess_log {folder}/access.log;\nclient_body_temp_path {folder}/bodies;\n\
             proxy_temp_path {folder}/pages;\nfastcgi_temp_path {folder}/f;\nuwsgi_temp_path {folder}/u;\n\
             scgi_temp_path {folder}/s;\n{site}}}\n"
        );
        let file = self.folder.path().join("nginx.conf");
        std::fs::write(&file, whole).unwrap();
        let mut command = Command::new("nginx");
        command.arg("-c").arg(file).arg("-e").arg(self.folder.path().join("start.log"));
        self.quiet(command)
    }

    fn caddy(&self, program: SocketAddr, spoilt: &[(&str, &str)]) -> Command {
        let folder = self.certified.folder().display();
        let site = format!(
            "https://localhost:{} {{\n\ttls {folder}/certificate.pem {folder}/key.pem",
            self.tls.port()
        );
        let file = changed(
            CADDYFILE,
            &[
                ("\tadmin off", "\tadmin off\n\tauto_https disable_redirects\n\tdefault_bind 127.0.0.1"),
                ("candor.example.gov { # yours", &site),
                ("reverse_proxy 127.0.0.1:8080", &format!("reverse_proxy {program}")),
                ("http://:8082 {", &format!("http://:{} {{", self.onion.port())),
            ],
        );
        let place = self.folder.path().join("Caddyfile");
        std::fs::write(&place, changed(&file, spoilt)).unwrap();
        let mut command = Command::new("caddy");
        command
            .args(["run", "--adapter", "caddyfile", "--config"])
            .arg(place)
            .env("HOME", self.folder.path());
        self.quiet(command)
    }

    /// What it says goes into a file of its folder, to be searched as well.
    fn quiet(&self, mut command: Command) -> Command {
        let out = std::fs::File::create(self.folder.path().join("said")).unwrap();
        command.current_dir(self.folder.path()).stdout(out.try_clone().unwrap()).stderr(out);
        command
    }

    /// Sends one request with a word of its own in path, query, agent and address, through either door, and
    /// reads what comes.
    async fn ask(&self, word: &str, through_tls: bool) -> String {
        let host =
            if through_tls { format!("localhost:{}", self.tls.port()) } else { "abc.onion".to_owned() };
        let request = format!(
            "GET /{word}/path?{word}=1 HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {word}-agent\r\nReferer: \
             https://x.example/{word}\r\nX-Forwarded-For: 203.0.113.77\r\nForwarded: for={word}\r\nConnection: \
             close\r\n\r\n"
        );
        if through_tls {
            let stream = TcpStream::connect(self.tls).await.unwrap();
            let name = ServerName::try_from("localhost").unwrap();
            said(self.certified.connector().connect(name, stream).await.unwrap(), &request).await
        } else {
            said(TcpStream::connect(self.onion).await.unwrap(), &request).await
        }
    }

    /// Every file that the proxy wrote in which a word stands.
    fn files_with(&self, word: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if contains(&std::fs::read(entry.path()).unwrap_or_default(), word) {
                    found.push(entry.file_name().into_string().unwrap());
                }
            }
        }
        found
    }
}

fn contains(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

async fn said(mut line: impl AsyncRead + AsyncWrite + Unpin, request: &str) -> String {
    line.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // An end without TLS's goodbye is an end as well.
    let _ = line.read_to_end(&mut bytes).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A deployment behind a proxy, and how `candor check` is asked about it.
struct Deployment {
    place: Place,
    settings: Vec<(&'static str, String)>,
    _program: Running,
    proxy: Proxy,
    _empty: TempDir,
}

impl Deployment {
    async fn of(app: &TestApp, kind: Kind, spoilt: &[(&str, &str)]) -> Self {
        let empty = tempfile::tempdir().unwrap();
        let place = Place::of(app, empty.path());
        std::fs::set_permissions(&place.data, Permissions::from_mode(0o700)).unwrap();
        let program = free_address();
        let proxy = Proxy::start(kind, program, spoilt).await;
        let mut settings = vec![
            ("CANDOR_LISTEN", program.to_string()),
            ("CANDOR_BEHIND_TLS", "true".to_owned()),
            ("CANDOR_TRUSTED_PROXIES", "127.0.0.1".to_owned()),
            ("CANDOR_PUBLIC_ADDRESS", format!("https://localhost:{}", proxy.tls.port())),
            ("CANDOR_ONION_LOCATION", "http://abc.onion/".to_owned()),
            ("CANDOR_AUTHORITIES_FILE", proxy.certified.file().display().to_string()),
            ("CANDOR_HEADS_FILE", proxy.folder.path().join("heads.jsonl").display().to_string()),
        ];
        settings.extend(crate::backup::well_kept(app, proxy.folder.path(), 0).await);
        let offline = proxy.folder.path().join("offline");
        std::fs::remove_dir_all(offline).unwrap();
        let mut command = place.program(&["serve"]);
        command.envs(settings.iter().map(|(name, value)| (*name, value)));
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let running = Running::listening(command, program).await;
        Self { place, settings, _program: running, proxy, _empty: empty }
    }

    /// What `candor check` prints, with other settings on top, and whether it is content.
    fn check(&self, over: &[(&str, &str)]) -> (String, bool) {
        let mut command = self.place.program(&["check"]);
        command.envs(self.settings.iter().map(|(name, value)| (*name, value)));
        let output = command.envs(over.iter().copied()).output().unwrap();
        (String::from_utf8([output.stdout, output.stderr].concat()).unwrap(), output.status.success())
    }
}

async fn everything_is_good_behind(app: &TestApp, kind: Kind) {
    let deployment = Deployment::of(app, kind, &[]).await;
    let (words, content) = deployment.check(&[]);
    assert!(content, "{words}");
    // nginx cannot leave its name out; everything else of a page is as the program made it.
    let mut good = vec![
        "The newest backup was made",
        "passes a form on",
        "only its owner can read",
        "clock and this machine's agree",
    ];
    if kind == Kind::Caddy {
        good.extend(["Headers and size of the start page", "of the page for what is not there"]);
    }
    for good in good {
        assert!(
            words.lines().any(|line| line.starts_with("good ") && line.contains(good)),
            "{good}: {words}"
        );
    }
    assert_eq!(words.contains("Server: nginx."), kind == Kind::Nginx, "{words}");
    let found = deployment.proxy.files_with("no-such-page");
    assert!(found.is_empty(), "the check's own visit stands in {found:?}");
}

async fn nothing_is_kept_behind(app: &TestApp, kind: Kind) {
    let Deployment { proxy, _program: program, .. } = Deployment::of(app, kind, &[]).await;
    assert!(proxy.ask("quietcanary", true).await.contains("404"));
    assert!(proxy.ask("quietcanary", false).await.contains("404"));
    // When the program is gone, the proxy has an error of its own to speak of.
    drop(program);
    for through_tls in [true, false] {
        let answer = proxy.ask("quietcanary", through_tls).await;
        assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
        assert!(!answer.contains("quietcanary"));
    }
    assert_eq!(proxy.files_with("quietcanary"), Vec::<String>::new());
}

/// What the program is told of an address: the visitor's own, whatever they say, and over onion none.
async fn addresses_are_not_believed_behind(kind: Kind) {
    let heard = Arc::new(Mutex::new(String::new()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hearing = Arc::clone(&heard);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 4_096];
            let count = stream.read(&mut bytes).await.unwrap_or_default();
            hearing.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
            let _ =
                stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").await;
        }
    });
    let proxy = Proxy::start(kind, address, &[]).await;
    for (through_tls, forwarded) in [(true, Some("127.0.0.1")), (false, None)] {
        heard.lock().unwrap().clear();
        let answer = proxy.ask("addressed", through_tls).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let request = heard.lock().unwrap().to_lowercase();
        assert!(request.contains("get /addressed/path"), "{request}");
        assert!(!request.contains("203.0.113.77"), "what the visitor said is passed on: {request}");
        let line = request.lines().find_map(|line| line.strip_prefix("x-forwarded-for: ")).map(str::trim);
        assert_eq!(line, forwarded, "{request}");
    }
}

#[test]
fn a_site_behind_nginx_is_as_it_should_be() {
    if is_installed("nginx") {
        let body = async |app: TestApp| {
            everything_is_good_behind(&app, Kind::Nginx).await;
            nothing_is_kept_behind(&app, Kind::Nginx).await;
            addresses_are_not_believed_behind(Kind::Nginx).await;
        };
        run_on(Engine::Sqlite, body);
    }
}

#[test]
fn a_site_behind_caddy_is_as_it_should_be() {
    if is_installed("caddy") {
        let body = async |app: TestApp| {
            everything_is_good_behind(&app, Kind::Caddy).await;
            nothing_is_kept_behind(&app, Kind::Caddy).await;
            addresses_are_not_believed_behind(Kind::Caddy).await;
        };
        run_on(Engine::Sqlite, body);
    }
}

/// The control: each of these is what an operator could get wrong, and is told of.
#[test]
fn what_is_wrong_with_a_proxy_is_said() {
    if !is_installed("nginx") {
        return;
    }
    let wrong: [(&[(&str, &str)], &str); 6] = [
        (
            &[("    gzip off;", "    gzip on; gzip_min_length 1; gzip_proxied any;")],
            "WRONG  The proxy compresses the start page",
        ),
        (&[("proxy_request_buffering off;", "")], "WRONG  The proxy collects a whole form"),
        (
            &[("    server_tokens off;\n\n", "    server_tokens on;\n\n")],
            "with its version; leave it out (server_tokens off)",
        ),
        (
            &[("proxy_buffering off;", "proxy_buffering off; proxy_hide_header Referrer-Policy;")],
            "WRONG  The header referrer-policy is missing from the start page",
        ),
        (
            &[("proxy_buffering off;", "proxy_buffering off; add_header X-Frame-Options SAMEORIGIN always;")],
            "WRONG  The header x-frame-options of the start page is not what the program sends",
        ),
        (
            &[("proxy_intercept_errors off;", "proxy_intercept_errors on; error_page 404 =200 /;")],
            "WRONG  A page that is not there is answered with 200",
        ),
    ];
    run_on(Engine::Sqlite, async |app: TestApp| {
        for (spoilt, words) in wrong {
            let deployment = Deployment::of(&app, Kind::Nginx, spoilt).await;
            let (said, content) = deployment.check(&[]);
            assert!(!content && said.contains(words), "{words}\n{said}");
        }
        // And the canary's control: a proxy that logs is found out by the same search.
        let logs = [("    access_log off;\n    # nginx's", "    # nginx's")];
        let deployment = Deployment::of(&app, Kind::Nginx, &logs).await;
        deployment.proxy.ask("loudcanary", true).await;
        assert_eq!(deployment.proxy.files_with("loudcanary"), ["access.log"]);
    });
}

/// What is wrong with the machine is said as well, and what to do.
async fn what_is_wrong_with_a_machine_is_said(app: TestApp) {
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    let check = |over: &[(&str, &str)]| {
        let output = place.program(&["check"]).envs(over.iter().copied()).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let plain = check(&[]);
    for words in ["WRONG  behind_tls is off", "kept nowhere outside", "look   public_address is not set"] {
        assert!(plain.contains(words), "{words}\n{plain}");
    }
    assert!(plain.contains("good   The service key is there"), "{plain}");
    assert!(check(&[("CANDOR_LISTEN", "0.0.0.0:8080")]).contains("WRONG  listen is 0.0.0.0:8080"));
    let elsewhere = tempfile::tempdir().unwrap();
    let heads = elsewhere.path().join("heads.jsonl");
    let early = check(&[("CANDOR_HEADS_FILE", heads.to_str().unwrap())]);
    assert!(early.contains("look   No head was kept outside yet (file)"), "{early}");

    std::fs::set_permissions(&place.key, Permissions::from_mode(0o640)).unwrap();
    assert!(check(&[]).contains("can be read by others; run chmod 600"));
    std::fs::remove_file(&place.key).unwrap();
    assert!(check(&[]).contains("is not there, or this account may not see it; set service_key_file"));
    candor::config::write_private(&place.key, "03".repeat(32).as_bytes()).unwrap();
    let founders = app.candor.settings.founders_file.clone();
    std::fs::set_permissions(&founders, Permissions::from_mode(0o666)).unwrap();
    assert!(check(&[]).contains("could name founders of their own"));
    std::fs::set_permissions(&founders, Permissions::from_mode(0o600)).unwrap();

    let unreachable = [("CANDOR_PUBLIC_ADDRESS", "https://localhost:1")];
    assert!(check(&unreachable).contains("WRONG  https://localhost:1 cannot be reached"));
    match app.database.folder() {
        Some(folder) => {
            std::fs::copy(folder.join("candor.db"), folder.join("before-upgrade.bak")).unwrap();
            std::fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
            let said = check(&[]);
            assert!(said.contains("before-upgrade.bak is a copy of a database"), "{said}");
            assert!(said.contains("is open to others; run chmod 700"), "{said}");
            std::fs::remove_file(folder.join("before-upgrade.bak")).unwrap();
        }
        // The tests' own cluster is fast, and would lose what it confirmed.
        None => {
            for words in ["set fsync = on", "set synchronous_commit = on", "set full_page_writes = on"] {
                assert!(plain.contains(words), "{words}\n{plain}");
            }
        }
    }
}

/// Backups are looked at: where they are, how old, and what lies beside them.
async fn what_is_wrong_with_backups_is_said(app: TestApp) {
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("kept");
    let check = |settings: &[(&str, String)]| {
        let mut command = place.program(&["check"]);
        let output = command.envs(settings.iter().map(|(name, value)| (*name, value))).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let says = |said: &str, words: &[&str]| {
        for words in words {
            assert!(said.contains(words), "{words}\n{said}");
        }
    };
    says(&check(&[]), &["WRONG  No backups are made"]);
    let settings = crate::backup::well_kept(&app, &folder, 0).await;
    let good = "good   The newest backup was made after the last batch";
    says(&check(&settings), &[good]);

    // The last is days old, and one is past its time.
    let backups = folder.join("backups");
    let newest = std::fs::read_dir(&backups).unwrap().next().unwrap().unwrap().path();
    let aside = kept.path().join("aside");
    std::fs::rename(&newest, &aside).unwrap();
    says(&check(&settings), &["WRONG  There is no whole backup"]);
    for days in [3, 40] {
        crate::backup::well_kept(&app, &folder, days * candor::clock::DAY).await;
    }
    says(
        &check(&settings),
        &["WRONG  The newest backup was made ", "is older than 30 days and holds what was destroyed"],
    );
    let old = std::fs::read_dir(&backups).unwrap().map(|one| one.unwrap().path());
    old.for_each(|path| std::fs::remove_file(path).unwrap());
    std::fs::rename(&aside, &newest).unwrap();
    says(&check(&settings), &[good]);

    // What is no backup, and what is not sealed.
    let lying = [
        ("candor-2026.backup", &b"nothing"[..], "is no whole backup"),
        ("candor.db", b"SQLite format 3\0 and so on", "is a copy that is not sealed"),
        ("candor.dump", b"PGDMP and so on", "is a copy that is not sealed"),
        ("candor.sql", b"--\n-- PostgreSQL database dump\n", "is a copy that is not sealed"),
    ];
    for (name, content, words) in lying {
        let file = backups.join(name);
        std::fs::write(&file, content).unwrap();
        says(&check(&settings), &[&format!("{name} {words}")]);
        std::fs::remove_file(file).unwrap();
    }
    // The private half beside the public one; a public half that others can exchange, and another one.
    let key = folder.join("backup.private");
    std::fs::rename(folder.join("offline/backup.private"), &key).unwrap();
    says(&check(&settings), &["backup.private is the private half of the backup key"]);
    std::fs::remove_file(&key).unwrap();
    let public = folder.join("backup.public");
    std::fs::set_permissions(&public, Permissions::from_mode(0o666)).unwrap();
    std::fs::set_permissions(&backups, Permissions::from_mode(0o755)).unwrap();
    says(
        &check(&settings),
        &["could have backups sealed to a key of their own", "is open to others; run chmod 700"],
    );
    std::fs::set_permissions(&public, Permissions::from_mode(0o600)).unwrap();
    std::fs::set_permissions(&backups, Permissions::from_mode(0o700)).unwrap();
    std::fs::remove_file(&public).unwrap();
    says(&check(&settings), &["is not the public half of a backup key"]);
    let other = candor::crypto::secret::BackupKey::from_bytes([12; 32]).public();
    let text = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, other.as_bytes());
    std::fs::write(&public, format!("candor backup public key 1 {text}\n")).unwrap();
    std::fs::set_permissions(&public, Permissions::from_mode(0o600)).unwrap();
    says(&check(&settings), &["is sealed to another key"]);
}

on_both!(what_is_wrong_with_a_machine_is_said, what_is_wrong_with_backups_is_said);

#[test]
fn tor_takes_the_onion_service() {
    if !is_installed("tor") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let verify = |text: &str| {
        let file = folder.path().join("torrc");
        std::fs::write(&file, text).unwrap();
        let mut command = Command::new("tor");
        command
            .args(["--verify-config", "--defaults-torrc"])
            .arg(Path::new("/dev/null"))
            .arg("-f")
            .arg(&file);
        let output = command.arg("--DataDirectory").arg(folder.path().join("data")).output().unwrap();
        (String::from_utf8_lossy(&output.stdout).into_owned(), output.status.success())
    };
    let place = folder.path().join("onion").display().to_string();
    let good = changed(TORRC, &[("/var/lib/tor/candor\n", &format!("{place}\n"))]);
    let (said, valid) = verify(&good);
    assert!(valid && said.contains("Configuration was valid"), "{said}");
    // The control.
    let (said, valid) =
        verify(&good.replace("HiddenServicePort 80 127.0.0.1:8082", "HiddenServicePort 80 127.0.0.1:none"));
    assert!(!valid, "{said}");
}

/// The onion's door in the proxy's files and in Tor's is one.
#[test]
fn the_files_fit_together() {
    for file in [NGINX, CADDYFILE] {
        assert!(file.contains("8082") && file.contains("127.0.0.1:8080"));
    }
    assert!(TORRC.contains("HiddenServicePort 80 127.0.0.1:8082"));
    assert_eq!(
        candor::config::Config::read(None, Path::new("x"), []).unwrap().listen.to_string(),
        "127.0.0.1:8080"
    );
}
