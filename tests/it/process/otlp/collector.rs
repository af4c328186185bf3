//! An OTLP collector in the test, over HTTP and over gRPC, which may be slow or refuse.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::post;
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tonic::codec::CompressionEncoding;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

/// A collector. Dropping it ends it.
pub(in crate::process) struct Collector {
    pub(in crate::process) url: String,
    got: Arc<Got>,
    serving: JoinHandle<()>,
}

/// How the collector answers.
#[derive(Clone, Copy)]
pub(in crate::process) enum Manners {
    Good,
    /// Answers only after this time.
    Slow(Duration),
    /// Refuses everything.
    Refusing,
}

#[derive(Default)]
struct Got {
    spans: Mutex<Vec<Span>>,
    /// The last push.
    metrics: Mutex<Vec<Metric>>,
    resource: Mutex<BTreeMap<String, String>>,
    /// The last push of each instance.
    instances: Mutex<BTreeMap<String, Vec<Metric>>>,
    requests: Mutex<Vec<usize>>,
    changed: Notify,
}

#[derive(Clone)]
struct Service {
    got: Arc<Got>,
    manners: Manners,
}

impl Collector {
    /// Over HTTP, on a free port.
    pub(in crate::process) async fn http(manners: Manners) -> Self {
        let got = Arc::new(Got::default());
        let service = Service { got: got.clone(), manners };
        let (traces, metrics) = (service.clone(), service);
        let router = Router::new()
            .route("/v1/traces", post(move |body: Bytes| async move { traces.traces(&body).await }))
            .route(
                "/v1/metrics",
                post(move |body: Bytes| async move { metrics.metrics(&body).await }),
            );
        let (listener, url) = listen().await;
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, got, serving }
    }

    /// Over gRPC, on a free port.
    pub(super) async fn grpc(manners: Manners) -> Self {
        let got = Arc::new(Got::default());
        let service = Service { got: got.clone(), manners };
        let gzip = CompressionEncoding::Gzip;
        let traces = TraceServiceServer::new(service.clone()).accept_compressed(gzip);
        let metrics = MetricsServiceServer::new(service).accept_compressed(gzip);
        let server = Server::builder().add_service(traces).add_service(metrics);
        let (listener, url) = listen().await;
        let incoming = TcpIncoming::from(listener);
        let serving =
            tokio::spawn(async move { server.serve_with_incoming(incoming).await.unwrap() });
        Self { url, got, serving }
    }

    /// Spans, once there are this many and the condition holds.
    pub(super) async fn spans(&self, what: &str, enough: impl Fn(&[Span]) -> bool) -> Vec<Span> {
        self.until(what, |got| enough(&got.spans.lock().unwrap())).await;
        self.got.spans.lock().unwrap().clone()
    }

    /// The spans that have come so far.
    pub(in crate::process) fn spans_so_far(&self) -> Vec<Span> {
        self.got.spans.lock().unwrap().clone()
    }

    /// The metrics of the last push.
    pub(super) fn metrics(&self) -> Vec<Metric> {
        self.got.metrics.lock().unwrap().clone()
    }

    /// What the last push or export was said to be of.
    pub(super) fn resource(&self) -> BTreeMap<String, String> {
        self.got.resource.lock().unwrap().clone()
    }

    /// The metrics of the last push of each `service.instance.id`.
    pub(super) fn instances(&self) -> BTreeMap<String, Vec<Metric>> {
        self.got.instances.lock().unwrap().clone()
    }

    /// Waits for this number of requests.
    pub(super) async fn requests(&self, count: usize) {
        self.until("requests", |got| got.requests.lock().unwrap().len() >= count).await;
    }

    async fn until(&self, what: &str, condition: impl Fn(&Got) -> bool) {
        let wait = async {
            loop {
                let mut changed = std::pin::pin!(self.got.changed.notified());
                changed.as_mut().enable();
                if condition(&self.got) {
                    return;
                }
                changed.await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(30), wait).await;
        assert!(waited.is_ok(), "never came: {what}; {:#?}", names(&self.spans_so_far()));
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// The names of spans, in the order of their coming.
pub(super) fn names(spans: &[Span]) -> Vec<&str> {
    spans.iter().map(|span| span.name.as_str()).collect()
}

/// Attributes as text.
pub(super) fn attributes(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    attributes.iter().map(|pair| (pair.key.clone(), text(pair.value.as_ref()))).collect()
}

fn text(value: Option<&AnyValue>) -> String {
    match value.and_then(|value| value.value.as_ref()) {
        // A number that came as a text is none.
        Some(Value::StringValue(text)) if text.parse::<f64>().is_ok() => format!("{text:?}"),
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        Some(Value::BoolValue(yes)) => yes.to_string(),
        other => format!("{other:?}"),
    }
}

impl Service {
    async fn treat(&self, size: usize) -> bool {
        self.got.requests.lock().unwrap().push(size);
        self.got.changed.notify_waiters();
        match self.manners {
            Manners::Good => true,
            Manners::Slow(time) => {
                tokio::time::sleep(time).await;
                true
            }
            Manners::Refusing => false,
        }
    }

    fn take_spans(&self, request: ExportTraceServiceRequest) {
        for of_resource in request.resource_spans {
            let resource = of_resource.resource.unwrap_or_default();
            *self.got.resource.lock().unwrap() = attributes(&resource.attributes);
            let spans = of_resource.scope_spans.into_iter().flat_map(|scope| scope.spans);
            self.got.spans.lock().unwrap().extend(spans);
        }
        self.got.changed.notify_waiters();
    }

    fn take_metrics(&self, request: ExportMetricsServiceRequest) {
        for of_resource in request.resource_metrics {
            let resource = of_resource.resource.unwrap_or_default();
            *self.got.resource.lock().unwrap() = attributes(&resource.attributes);
            let metrics = of_resource.scope_metrics.into_iter().flat_map(|scope| scope.metrics);
            let metrics: Vec<_> = metrics.collect();
            let instance = attributes(&resource.attributes).remove("service.instance.id");
            let instance = instance.unwrap_or_default();
            self.got.instances.lock().unwrap().insert(instance, metrics.clone());
            *self.got.metrics.lock().unwrap() = metrics;
        }
        self.got.changed.notify_waiters();
    }

    async fn traces(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
        if !self.treat(body.len()).await {
            return (StatusCode::INTERNAL_SERVER_ERROR, Vec::new());
        }
        self.take_spans(ExportTraceServiceRequest::decode(body).unwrap());
        (StatusCode::OK, ExportTraceServiceResponse::default().encode_to_vec())
    }

    async fn metrics(&self, body: &[u8]) -> (StatusCode, Vec<u8>) {
        if !self.treat(body.len()).await {
            return (StatusCode::INTERNAL_SERVER_ERROR, Vec::new());
        }
        self.take_metrics(ExportMetricsServiceRequest::decode(body).unwrap());
        (StatusCode::OK, ExportMetricsServiceResponse::default().encode_to_vec())
    }
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportTraceServiceRequest>,
    ) -> Result<tonic::Response<ExportTraceServiceResponse>, tonic::Status> {
        if !self.treat(0).await {
            return Err(tonic::Status::permission_denied("refused"));
        }
        self.take_spans(request.into_inner());
        Ok(tonic::Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Service {
    async fn export(
        &self,
        request: tonic::Request<ExportMetricsServiceRequest>,
    ) -> Result<tonic::Response<ExportMetricsServiceResponse>, tonic::Status> {
        if !self.treat(0).await {
            return Err(tonic::Status::permission_denied("refused"));
        }
        self.take_metrics(request.into_inner());
        Ok(tonic::Response::new(ExportMetricsServiceResponse::default()))
    }
}
