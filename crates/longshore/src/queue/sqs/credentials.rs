//! The credentials of a connection. The providers of the SDK read files once and keep what they
//! read, so a rotated file would not be seen. Here they are created again when SQS refuses
//! the credentials.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::future;
use aws_sdk_sqs::config::{Credentials, ProvideCredentials};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

/// The credentials for a queue server on this machine, which checks no signature.
pub(super) const PLACEHOLDER: &str = "local";

/// Temporary credentials are renewed this long before they expire.
const RENEW_BEFORE: Duration = Duration::from_secs(60);
/// Minimum time between two readings while the credentials have not expired.
const REREAD_INTERVAL: Duration = Duration::from_secs(5);
/// How long a queue server on this machine waits for credentials that it does not check.
const LOCAL_TIMEOUT: Duration = Duration::from_secs(3);

/// Credentials that are read again after a refusal. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::queue) struct RenewedCredentials {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    sources: Sources,
    refused: AtomicBool,
    state: Mutex<State>,
}

/// Where credentials come from.
#[derive(Debug)]
enum Sources {
    /// The sources of the AWS tools: environment, profile with its roles, single sign-on and
    /// processes, web identity, container, instance.
    Aws { config: Box<ProviderConfig>, region: Option<Region> },
    /// The environment or the profile, otherwise placeholders.
    Local,
}

#[derive(Debug, Default)]
struct State {
    credentials: Option<Credentials>,
    /// When the sources were read, successfully or not.
    read: Option<Instant>,
}

impl RenewedCredentials {
    pub(super) fn from_aws(config: ProviderConfig, region: Option<Region>) -> Self {
        Self::new(Sources::Aws { config: Box::new(config), region })
    }

    /// For a server on this machine: never fails.
    pub(super) fn local() -> Self {
        Self::new(Sources::Local)
    }

    fn new(sources: Sources) -> Self {
        let (refused, state) = (AtomicBool::new(false), Mutex::default());
        Self { shared: Arc::new(Shared { sources, refused, state }) }
    }

    /// SQS refused the credentials: they are read again for the next request.
    pub(in crate::queue) fn refused(&self) {
        self.shared.refused.store(true, Relaxed);
    }
}

impl Shared {
    async fn provide(&self) -> Result<Credentials, CredentialsError> {
        let mut state = self.state.lock().await;
        if let Some(credentials) = &state.credentials
            && !self.is_stale(credentials, state.read)
        {
            return Ok(credentials.clone());
        }
        let read = self.sources.read().await;
        self.refused.store(false, Relaxed);
        state.read = Some(Instant::now());
        match (read, &state.credentials) {
            (Ok(credentials), _) => {
                state.credentials = Some(credentials.clone());
                Ok(credentials)
            }
            // The old ones are better than none while they last.
            (Err(_), Some(old)) if !has_expired(old, Duration::ZERO) => Ok(old.clone()),
            (Err(error), _) => Err(error),
        }
    }

    /// Whether the sources are read again: at once if the credentials have expired, otherwise after
    /// a pause.
    fn is_stale(&self, credentials: &Credentials, read: Option<Instant>) -> bool {
        let is_rested = read.is_none_or(|read| read.elapsed() >= REREAD_INTERVAL);
        let is_doubtful = self.refused.load(Relaxed) || has_expired(credentials, RENEW_BEFORE);
        has_expired(credentials, Duration::ZERO) || is_doubtful && is_rested
    }
}

impl Sources {
    /// Creates the providers, so that they read their files.
    async fn read(&self) -> Result<Credentials, CredentialsError> {
        match self {
            Self::Aws { config, region } => {
                let chain = DefaultCredentialsChain::builder().configure((**config).clone());
                let chain = chain.region(region.clone()).build().await;
                chain.provide_credentials().await
            }
            Self::Local => {
                let environment = EnvironmentVariableCredentialsProvider::new();
                let chain = CredentialsProviderChain::first_try("environment", environment)
                    .or_else("profile", ProfileFileCredentialsProvider::builder().build());
                let read = timeout(LOCAL_TIMEOUT, chain.provide_credentials()).await;
                Ok(read.ok().and_then(Result::ok).unwrap_or_else(placeholder))
            }
        }
    }
}

impl ProvideCredentials for RenewedCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.shared.provide())
    }
}

/// Whether they expire within this time.
fn has_expired(credentials: &Credentials, within: Duration) -> bool {
    credentials.expiry().is_some_and(|expiry| expiry <= SystemTime::now() + within)
}

pub(super) fn placeholder() -> Credentials {
    Credentials::new(PLACEHOLDER, PLACEHOLDER, None, None, PLACEHOLDER)
}
