//! Reads `handler`, of a queue or of one of its routes.

use longshore::handler::{RejectStatus, Stderr};

use super::handler::{HandlerConfig, HttpConfig, LambdaConfig};
use super::section::{Reported, Section};

/// The handler of a queue replaces the default handler as a whole. The timeout, the standard error and
/// the statuses that reject are separate settings.
pub(super) fn read(mut section: Section<'_, '_>) -> Result<Option<HandlerConfig>, Reported> {
    let mut stderr = Stderr::default();
    section.set("stderr", &mut stderr);
    let mut reject_status = RejectStatus::default();
    section.set("reject_status", &mut reject_status);
    let kinds = ["command", "http", "lambda", "lambda_url"];
    let Some(key) = section.one_of(&kinds)? else { return Ok(None) };
    let (mut words, mut url) = (Vec::new(), String::new());
    Ok(Some(match key {
        "command" => {
            section.set(key, &mut words);
            HandlerConfig::Command { words, stderr }
        }
        "lambda" => HandlerConfig::Lambda(lambda(&mut section)),
        "lambda_url" => {
            section.set(key, &mut url);
            HandlerConfig::LambdaUrl(url)
        }
        _ => {
            let mut http = HttpConfig { reject_status, ..HttpConfig::default() };
            section.set(key, &mut http.url);
            section.set("content_type", &mut http.content_type);
            section.set("periodic_tasks", &mut http.periodic_tasks);
            HandlerConfig::Http(http)
        }
    }))
}

fn lambda(section: &mut Section<'_, '_>) -> LambdaConfig {
    let mut lambda = LambdaConfig::default();
    section.set("lambda", &mut lambda.words);
    section.set("function_name", &mut lambda.function_name);
    section.set("function_handler", &mut lambda.function_handler);
    section.set("task_root", &mut lambda.task_root);
    section.set("memory_mib", &mut lambda.memory_mib);
    section.set("init_timeout", &mut lambda.init_timeout);
    section.set("runtimes", &mut lambda.runtimes);
    section.set("report_failures", &mut lambda.report_failures);
    lambda
}
