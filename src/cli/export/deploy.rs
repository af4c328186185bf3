//! The deploy files, as they are in the repository: of this version, for the image's tag is in them.

use crate::slo::rules::ExportedFile;

macro_rules! deploy {
    ($($path:literal),+ $(,)?) => {
        &[$((
            concat!("deploy/", $path),
            include_str!(concat!("../../../deploy/", $path)),
        )),+]
    };
}

const FILES: &[(&str, &str)] = deploy![
    "application/app.py",
    "application/kustomization.yaml",
    "compose/alertmanager.yml",
    "compose/collector.yml",
    "compose/compose.yaml",
    "compose/jaeger-datasource.yml",
    "compose/longshore.toml",
    "compose/producer.py",
    "compose/prometheus.yml",
    "docker/Dockerfile",
    "docker/Dockerfile.dockerignore",
    "ecs/Dockerfile",
    "ecs/longshore.toml",
    "ecs/scalable-target.json",
    "ecs/scaling-policy.json",
    "ecs/service.json",
    "ecs/task-definition.json",
    "helm/longshore/Chart.yaml",
    "helm/longshore/templates/_helpers.tpl",
    "helm/longshore/templates/autoscaling.yaml",
    "helm/longshore/templates/configuration.yaml",
    "helm/longshore/templates/deployment.yaml",
    "helm/longshore/templates/networkpolicy.yaml",
    "helm/longshore/templates/podmonitor.yaml",
    "helm/longshore/values.schema.json",
    "helm/longshore/values.yaml",
    "kubernetes/base/deployment.yaml",
    "kubernetes/base/kustomization.yaml",
    "kubernetes/base/longshore.toml",
    "kubernetes/base/networkpolicy.yaml",
    "kubernetes/base/poddisruptionbudget.yaml",
    "kubernetes/base/serviceaccount.yaml",
    "kubernetes/components/own-application/kustomization.yaml",
    "kubernetes/components/standalone/deployment.yaml",
    "kubernetes/components/standalone/kustomization.yaml",
    "kubernetes/components/standalone/longshore.toml",
    "kubernetes/components/standalone/networkpolicy.yaml",
    "kubernetes/components/tracing/deployment.yaml",
    "kubernetes/components/tracing/kustomization.yaml",
    "kubernetes/components/until-empty/deployment.yaml",
    "kubernetes/components/until-empty/kustomization.yaml",
    "kubernetes/keda-identity/kustomization.yaml",
    "kubernetes/keda-identity/triggerauthentication.yaml",
    "kubernetes/monitoring/kustomization.yaml",
    "kubernetes/monitoring/podmonitor.yaml",
    "kubernetes/overlays/cron-job/cronjob.yaml",
    "kubernetes/overlays/cron-job/kustomization.yaml",
    "kubernetes/overlays/keda/kustomization.yaml",
    "kubernetes/overlays/keda/names.yaml",
    "kubernetes/overlays/keda/scaledobject.yaml",
    "kubernetes/overlays/scaled-job/kustomization.yaml",
    "kubernetes/overlays/scaled-job/longshore.toml",
    "kubernetes/overlays/scaled-job/names.yaml",
    "kubernetes/overlays/scaled-job/scaledjob.yaml",
    "kubernetes/overlays/sidecar/kustomization.yaml",
    "kubernetes/overlays/standalone/kustomization.yaml",
    "systemd/environment",
    "systemd/longshore.service",
    "systemd/longshore.toml",
    "terraform/README.md",
    "terraform/alarms.tf",
    "terraform/alarms_math.tf",
    "terraform/example/main.tf",
    "terraform/iam.tf",
    "terraform/outputs.tf",
    "terraform/queue.tf",
    "terraform/tests/module.tftest.hcl",
    "terraform/variables.tf",
    "terraform/variables_alarms.tf",
    "terraform/versions.tf",
];

/// What lets the rules be applied beside them.
const ALERTS: (&str, &str) =
    ("alerts/kustomization.yaml", include_str!("../../../alerts/kustomization.yaml"));

/// Every file.
pub(super) fn exported_files() -> impl Iterator<Item = ExportedFile> {
    std::iter::once(&ALERTS)
        .chain(FILES)
        .map(|(path, text)| ExportedFile { path: (*path).to_owned(), text: (*text).to_owned() })
}
