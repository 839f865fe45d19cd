//! `candor ready`: asks the site on this machine what a balancer asks, for whoever has no program to ask with: a
//! container, a script that waits until the site is back.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Stop, stop};
use crate::config::Config;
use crate::web::operations::READY;

const PATIENCE: Duration = Duration::from_secs(5);

/// Most of an answer that is read.
const ANSWER_MOST: u64 = 4 * 1024;

pub(super) async fn run(config: &Config) -> Result<(), Stop> {
    let address = here(config.listen);
    let none =
        || stop(format!("Nothing answers at {address}; see whether the site runs, and the setting listen."));
    let answer = timeout(PATIENCE, ask(address)).await.map_err(|_| none())?.map_err(|_| none())?;
    let (head, word) = answer.split_once("\r\n\r\n").ok_or_else(none)?;
    let word = word.trim();
    println!("{word}");
    if head.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(stop("The site should not be sent visitors."))
    }
}

/// A site that listens everywhere is asked here.
fn here(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let question = format!("GET {READY} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(ANSWER_MOST).read_to_string(&mut answer).await?;
    Ok(answer)
}
