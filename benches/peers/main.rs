//! The Rust part of `benches/peers/run`: the counting proxy, and the consumers in Rust.
//!
//! usage: peers proxy LISTEN UPSTREAM ROUND_TRIP_MS | peers bare | peers longshore

#![allow(unreachable_pub, reason = "a bench has no callers")]

#[path = "consumers/bare.rs"]
mod bare;
mod journal;
#[path = "consumers/longshore.rs"]
mod longshore_worker;
mod proxy;
mod tally;

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["proxy", listen, upstream, round_trip] => {
            proxy::serve(listen, upstream, round_trip.parse()?).await
        }
        ["bare"] => bare::run().await,
        ["longshore"] => longshore_worker::run().await,
        _ => Err("this is a part of benches/peers/run".into()),
    }
}
