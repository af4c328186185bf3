"""Validates objects against the schemas of their kinds.

Kubernetes objects are validated against the schemas of two versions: the oldest that supports sidecars, and the newest.
Objects of KEDA and the Prometheus Operator are validated against the CRD schemas, which check values. The TypeScript
compiler checks their keys, because an API server silently drops unknown keys."""

import json
import pathlib
import subprocess
import tempfile

import kubernetes_validate

VERSIONS = ["1.29", kubernetes_validate.latest_version()]
PACKAGES = {"keda.sh": "keda", "monitoring.coreos.com": "prometheus-operator"}


def group_of(thing):
    return thing["apiVersion"].split("/")[0]


def kubernetes_errors(thing):
    """The errors of the Kubernetes schemas, for every version."""
    errors = []
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as wrong:
            errors.append(f"{version}: {'.'.join(map(str, wrong.path))}: {wrong.message}")
    return errors


def crd_errors(things, node_modules):
    """The errors of the CRD schemas for each object."""
    script = pathlib.Path(__file__).with_name("crds.mjs")
    checked = subprocess.run(["node", script, node_modules], input=json.dumps(things), capture_output=True, text=True,
                             check=False)
    assert checked.returncode == 0, f"crds.mjs: {checked.stderr}"
    return [[wrong] if wrong else [] for wrong in json.loads(checked.stdout)]


def type_errors(things, node_modules):
    """The compiler errors for each object. As a literal of its type, an object must not have unknown keys."""
    with tempfile.TemporaryDirectory() as scratch:
        for index, thing in enumerate(things):
            package = f"@kubernetes-models/{PACKAGES[group_of(thing)]}/{thing['apiVersion']}/{thing['kind']}"
            pathlib.Path(scratch, f"object{index}.ts").write_text(
                f"import type {{ I{thing['kind']} }} from '{package}';\n"
                f"export const object = {json.dumps(thing, indent=1)} satisfies I{thing['kind']};\n")
        pathlib.Path(scratch, "node_modules").symlink_to(node_modules)
        options = {"noEmit": True, "strict": True, "skipLibCheck": True, "module": "esnext", "target": "es2022",
                   "moduleResolution": "bundler", "types": []}
        pathlib.Path(scratch, "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
        compiler = subprocess.run([node_modules / ".bin/tsc", "--project", scratch], cwd=scratch, capture_output=True,
                                  text=True, check=False)
    errors = compiler.stdout.splitlines()
    others = [line for line in errors if not line.startswith((" ", "object"))]
    assert not compiler.stderr + "".join(others), f"tsc: {compiler.stdout}{compiler.stderr}"
    return [[line for line in errors if line.startswith(f"object{index}.ts")] for index in range(len(things))]


def validated(things, node_modules):
    """The errors of each object."""
    custom = [thing for thing in things if group_of(thing) in PACKAGES]
    by_others = iter([values + keys for values, keys in zip(
        crd_errors(custom, node_modules), type_errors(custom, node_modules), strict=True)])
    return [next(by_others) if group_of(thing) in PACKAGES else kubernetes_errors(thing) for thing in things]
