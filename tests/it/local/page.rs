//! The page of the local queue server, beside the cost model of the worker.

use longshore::config::QueueConfig;
use longshore_local::{Action, Server};
use serde_json::json;

use crate::support::program::get;

#[tokio::test]
async fn the_page_has_the_prices_of_the_cost_model() {
    let server = Server::start().await.unwrap();
    let url = server.create_queue("orders", &[]).unwrap();
    server.perform(Action::ReceiveMessage, &json!({ "QueueUrl": url })).await.unwrap();
    let page = get(&format!("{}/", server.endpoint_url())).await;
    let standard = QueueConfig::STANDARD_USD_PER_MILLION;
    let fifo = QueueConfig::FIFO_USD_PER_MILLION;
    let prices = format!("Price: ${standard:.2} per million requests, ${fifo:.2} for FIFO queues");
    assert!(page.contains(&prices), "{prices} is missing:\n{page}");
}
