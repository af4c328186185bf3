//! The HTTP clients of a connection. All its queues share their pools of connections.

use aws_sdk_sqs::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, ConnectorBuilder};

/// The HTTP clients. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct HttpClients {
    /// Uses the proxy of the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`.
    pub(super) public: SharedHttpClient,
    /// For this machine: never uses a proxy, which could not reach it.
    pub(super) loopback: SharedHttpClient,
}

impl HttpClients {
    pub(super) fn new() -> Self {
        Self { public: client(ProxyConfig::from_env()), loopback: client(ProxyConfig::disabled()) }
    }
}

/// The client that the SDK would create for each queue.
fn client(proxy: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector =
            ConnectorBuilder::default().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned());
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.set_proxy_config(Some(proxy.clone()));
        connector.build()
    })
}
