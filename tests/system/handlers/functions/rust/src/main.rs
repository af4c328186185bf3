//! Processes orders. `test_lambda.py` defines what each order requests.

use std::fs::OpenOptions;
use std::io::Write;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Error> {
    run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let records = event.payload["Records"].as_array().cloned().unwrap_or_default();
    let failed = records.iter().filter(|record| process(record).is_err());
    let failed = failed.map(|record| json!({ "itemIdentifier": record["messageId"] }));
    Ok(json!({ "batchItemFailures": failed.collect::<Vec<_>>() }))
}

fn process(record: &Value) -> Result<(), Error> {
    let order: Value = serde_json::from_str(record["body"].as_str().ok_or("no body")?)?;
    let is_first = record["attributes"]["ApproximateReceiveCount"] == "1";
    match order["asks"].as_str() {
        Some("fail") if is_first => return Err("no stock".into()),
        Some("crash") if is_first => std::process::exit(7),
        _ => {}
    }
    let mut done = OpenOptions::new().append(true).create(true).open(std::env::var("DONE")?)?;
    // One write, because other processes write to the same file.
    done.write_all(format!("{}\n", order["number"]).as_bytes())?;
    Ok(())
}
