//! Longshore as a library, with its default settings.

use std::env;
use std::error::Error;
use std::sync::Arc;

use longshore::admin::AdminServer;
use longshore::{AwsConfig, Connection, Context, Message, QueueConfig, Stop, Worker};

use tracing_subscriber::filter::LevelFilter;

use crate::journal::Journal;

pub async fn run() -> Result<(), Box<dyn Error>> {
    tracing_subscriber::fmt().json().with_max_level(LevelFilter::INFO).init();
    let journal = Arc::new(Journal::from_environment()?);
    let handle = move |message: Message, _: Context| {
        let journal = journal.clone();
        async move { journal.handle(&message.body).await }
    };
    let mut aws = AwsConfig::default();
    aws.endpoint_url = Some(env::var("ENDPOINT_URL")?);
    let queue = QueueConfig::builder(env::var("QUEUE_NAME")?);
    let queue = queue.concurrency(env::var("CONCURRENCY")?.parse()?).build()?;
    let connection = Connection::open(&aws).await?;
    let worker = Worker::builder().add_sqs(&connection, queue, handle).build()?;
    let (metrics, health) = (worker.metrics().clone(), worker.health().clone());
    let _admin = AdminServer::start(env::var("LISTEN")?.parse()?, metrics, health)?;
    let report = worker.run(Stop::on_signals()?).await;
    println!("{}", report.ledger);
    Ok(())
}
