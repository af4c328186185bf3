//! The environment of a runtime, as Lambda sets it.
//! <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>

use std::env;
use std::net::SocketAddr;

use super::function::LambdaFunction;

/// The variables of a runtime whose API has this address. The others are those of the worker, with
/// its credentials.
pub(super) fn variables(function: &LambdaFunction, api: SocketAddr) -> Vec<(&'static str, String)> {
    let name = &function.name;
    let root = function.task_root.clone().or_else(|| env::current_dir().ok());
    let root = root.map(|root| root.to_string_lossy().into_owned());
    let zone = env::var_os("TZ").is_none().then(|| ":UTC".to_owned());
    let variables = [
        ("AWS_LAMBDA_RUNTIME_API", Some(api.to_string())),
        ("AWS_LAMBDA_FUNCTION_NAME", Some(name.clone())),
        ("AWS_LAMBDA_FUNCTION_VERSION", Some("$LATEST".to_owned())),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Some(function.memory_mib.to_string())),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", Some("on-demand".to_owned())),
        ("AWS_LAMBDA_LOG_GROUP_NAME", Some(format!("/aws/lambda/{name}"))),
        ("AWS_LAMBDA_LOG_STREAM_NAME", Some(name.clone())),
        ("AWS_REGION", function.region.clone()),
        ("AWS_DEFAULT_REGION", function.region.clone()),
        ("LAMBDA_TASK_ROOT", root),
        ("TZ", zone),
        ("_HANDLER", function.handler.clone()),
    ];
    variables.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_gets_the_variables_of_lambda() {
        let function = LambdaFunction::new("orders", vec!["./bootstrap".to_owned()])
            .handler(Some("app.handler".to_owned()))
            .region(Some("eu-west-1".to_owned()))
            .task_root(Some("/var/task".into()))
            .memory_mib(512);
        let found = variables(&function, SocketAddr::from(([127, 0, 0, 1], 9001)));
        for (name, value) in [
            ("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"),
            ("AWS_LAMBDA_FUNCTION_NAME", "orders"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_REGION", "eu-west-1"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("_HANDLER", "app.handler"),
        ] {
            assert!(found.contains(&(name, value.to_owned())), "{name}={value} in {found:?}");
        }
    }
}
