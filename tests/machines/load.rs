//! People who go on whatever happens to a machine: who is cut off, or told to come again, presses once more.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use http_body_util::BodyExt;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;

use crate::killed::{Shared, browse, commander};

/// How long somebody goes on pressing.
const PATIENCE: Duration = Duration::from_secs(50);

/// What the answers were like.
#[derive(Debug)]
pub struct Answers {
    begun: Instant,
    last: Instant,
    pub answered: u64,
    /// Connections that were cut off, and answers that said to come again.
    pub cut_off: u64,
    pub later: u64,
    /// The longest time in which nobody was answered, and the longest that one person had to wait.
    pub gap: Duration,
    pub wait: Duration,
}

impl Answers {
    fn now() -> Self {
        let now = Instant::now();
        Self {
            begun: now,
            last: now,
            answered: 0,
            cut_off: 0,
            later: 0,
            gap: Duration::ZERO,
            wait: Duration::ZERO,
        }
    }

    /// Whether somebody was answered, and not told to come again.
    fn note(&mut self, answer: Option<&Response<Body>>, begun: Instant, path: &str) -> bool {
        match answer.map(Response::status) {
            Some(StatusCode::SERVICE_UNAVAILABLE) => self.later += 1,
            None => self.cut_off += 1,
            Some(status) => {
                assert!(!status.is_server_error(), "{status} for {path}");
                self.answered += 1;
                self.gap = self.gap.max(self.last.elapsed());
                self.wait = self.wait.max(begun.elapsed());
                self.last = Instant::now();
                return true;
            }
        }
        assert!(begun.elapsed() < PATIENCE, "no answer for {path}");
        false
    }

    pub fn each_second(&self) -> f64 {
        f64::from(u32::try_from(self.answered).unwrap()) / self.begun.elapsed().as_secs_f64()
    }
}

/// Load on a site, and what came of it.
pub struct Load {
    pub site: Router,
    pub answers: Arc<Mutex<Answers>>,
    people: JoinSet<()>,
}

impl Load {
    /// `browsers` send concerns, one after the other, and a commander signs what there is to sign.
    pub fn start(address: SocketAddr, known: &Shared, browsers: usize) -> Self {
        let answers = Arc::new(Mutex::new(Answers::now()));
        let site = site(address, &answers);
        let mut people = JoinSet::new();
        for browser in 0..browsers {
            people.spawn(browse(site.clone(), known.clone(), browser == 0));
        }
        people.spawn(sign(site.clone(), known.clone()));
        Self { site, answers, people }
    }

    /// Waits until so many more were answered; fails if somebody met what they should not.
    pub async fn answers(&mut self, more: u64) {
        let answered = || self.answers.lock().unwrap().answered;
        let (begun, until) = (Instant::now(), answered() + more);
        while answered() < until {
            assert!(begun.elapsed() < PATIENCE, "nobody is answered any more");
            if let Some(ended) = self.people.try_join_next() {
                ended.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// Gap and wait are measured anew.
    pub fn measure_anew(&self) {
        let mut answers = self.answers.lock().unwrap();
        (answers.gap, answers.wait, answers.last) = (Duration::ZERO, Duration::ZERO, Instant::now());
    }

    /// Everybody goes home. Whoever had just pressed does not know what became of it.
    pub async fn stop(mut self) -> Router {
        self.people.shutdown().await;
        self.site
    }
}

/// Whether pressing once more does no harm: everything of reporters, and looking at pages.
fn may_be_repeated(request: &axum::http::Request<Vec<u8>>) -> bool {
    request.method().is_safe() || !request.uri().path().contains("/desk/")
}

fn site(address: SocketAddr, answers: &Arc<Mutex<Answers>>) -> Router {
    let client = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answers = Arc::clone(answers);
    Router::new().fallback(move |request: Request| {
        let (client, answers) = (client.clone(), Arc::clone(&answers));
        async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
            parts.uri = format!("http://{address}{path}").parse().unwrap();
            let body = body.collect().await.unwrap().to_bytes().to_vec();
            let request = axum::http::Request::from_parts(parts, body);
            let begun = Instant::now();
            loop {
                let answer = client.request(request.clone().map(Body::from)).await;
                let whole = match answer {
                    Ok(answer) => {
                        let (parts, body) = answer.into_parts();
                        body.collect()
                            .await
                            .ok()
                            .map(|body| Response::from_parts(parts, Body::from(body.to_bytes())))
                    }
                    Err(_) => None,
                };
                let is_answered = answers.lock().unwrap().note(whole.as_ref(), begun, request.uri().path());
                match whole {
                    Some(answer) if is_answered => return answer,
                    _ if may_be_repeated(&request) => {}
                    _ => {
                        let unknown = StatusCode::GATEWAY_TIMEOUT;
                        return Response::builder().status(unknown).body(Body::empty()).unwrap();
                    }
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    })
}

/// A commander signs what is to be signed, and looks again where no answer came.
pub async fn sign(site: Router, known: Shared) {
    let mut client = commander(&site, &known).await;
    loop {
        let Some(number) = known.lock().unwrap().to_sign.first().cloned() else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let case = client.case(&number).await;
        if case.links().iter().any(|link| link.ends_with("/accept")) {
            let page = client.get(&format!("{}/accept", case.path)).await.ok();
            let mut form = page.form("/accept");
            form.set("sign", "yes");
            let answer = client.submit(&form).await;
            if answer.status != StatusCode::OK || answer.path.ends_with("/accept") {
                continue;
            }
        }
        let mut known = known.lock().unwrap();
        known.to_sign.remove(&number);
        known.signed.insert(number);
    }
}
