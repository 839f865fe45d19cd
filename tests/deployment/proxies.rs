//! What a proxy could keep of a form or do to a page: the controls for Caddy, and a canary in a body for both.

use tokio::net::TcpStream;
use tokio_rustls::rustls::pki_types::ServerName;

use super::{Deployment, Kind, Proxy, is_installed, said};
use crate::support::app::TestApp;
use crate::support::{Engine, run_on};

/// Longer than any buffer that a proxy keeps in memory.
const BODY: usize = 300_000;

impl Proxy {
    /// Sends a form with a word in it, through either door.
    async fn send(&self, word: &str, through_tls: bool) -> String {
        let host =
            if through_tls { format!("localhost:{}", self.tls.port()) } else { "abc.onion".to_owned() };
        let body = format!("what_happens={word}&filler={}", ".".repeat(BODY));
        let request = format!(
            "POST /write/review HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
             application/x-www-form-urlencoded\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        );
        if through_tls {
            let stream = TcpStream::connect(self.tls).await.unwrap();
            let name = ServerName::try_from("localhost").unwrap();
            said(self.certified.connector().connect(name, stream).await.unwrap(), &request).await
        } else {
            said(TcpStream::connect(self.onion).await.unwrap(), &request).await
        }
    }
}

/// A form leaves no word of it with the proxy: neither when it is passed on nor when there is nobody to pass it to.
async fn no_form_is_kept_behind(app: &TestApp, kind: Kind) {
    let Deployment { proxy, _program: program, .. } = Deployment::of(app, kind, &[]).await;
    for through_tls in [true, false] {
        let answer = proxy.send("quietcanary", through_tls).await;
        // The program has it: more than it takes of a form without a file, and it says so.
        assert!(answer.starts_with("HTTP/1.1 413"), "{}", answer.lines().next().unwrap_or_default());
    }
    drop(program);
    for through_tls in [true, false] {
        proxy.send("quietcanary", through_tls).await;
    }
    assert_eq!(proxy.files_with("quietcanary"), Vec::<String>::new());
}

#[test]
fn neither_proxy_keeps_a_form() {
    for (name, kind) in [("nginx", Kind::Nginx), ("caddy", Kind::Caddy)] {
        if is_installed(name) {
            run_on(Engine::Sqlite, async |app: TestApp| no_form_is_kept_behind(&app, kind).await);
        }
    }
}

/// The control: a proxy that keeps bodies is found out by the same search.
#[test]
fn a_form_that_nginx_keeps_is_found() {
    if is_installed("nginx") {
        run_on(Engine::Sqlite, async |app: TestApp| {
            let keeps = [("proxy_request_buffering off;", "client_body_in_file_only on;")];
            let deployment = Deployment::of(&app, Kind::Nginx, &keeps).await;
            deployment.proxy.send("loudcanary", true).await;
            assert_eq!(deployment.proxy.files_with("loudcanary").len(), 1);
        });
    }
}

/// The controls for Caddy: what an operator could add to its file, and is told of or found out by the same search.
#[test]
fn what_is_wrong_with_caddy_is_said() {
    const SITE: &str = "\t# No \"encode\"";
    if !is_installed("caddy") {
        return;
    }
    let wrong: [(&[(&str, &str)], &str); 3] = [
        (
            &[(SITE, "\tencode {\n\t\tgzip\n\t\tminimum_length 1\n\t}\n\t# No \"encode\"")],
            "WRONG  The proxy compresses the start page",
        ),
        (
            &[(SITE, "\theader X-Frame-Options SAMEORIGIN\n\t# No \"encode\"")],
            "WRONG  The header x-frame-options of the start page is not what the program sends",
        ),
        (
            &[(SITE, "\theader -Referrer-Policy\n\t# No \"encode\"")],
            "WRONG  The header referrer-policy is missing from the start page",
        ),
    ];
    run_on(Engine::Sqlite, async |app: TestApp| {
        for (spoilt, words) in wrong {
            let deployment = Deployment::of(&app, Kind::Caddy, spoilt).await;
            let (words_said, content) = deployment.check(&[]);
            assert!(!content && words_said.contains(words), "{words}\n{words_said}");
        }
        let logs = [(SITE, "\tlog {\n\t\toutput stdout\n\t}\n\t# No \"encode\"")];
        let deployment = Deployment::of(&app, Kind::Caddy, &logs).await;
        deployment.proxy.ask("loudcanary", true).await;
        assert_eq!(deployment.proxy.files_with("loudcanary"), ["said"]);
    });
}
