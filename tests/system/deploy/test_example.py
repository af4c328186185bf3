"""The example of docs/deploy/example.md: its files agree, and its costs are those of the program."""

import json
import re
import subprocess

import helm_python
import pytest
import yaml

MONTH_SECONDS = 30 * 24 * 60 * 60
PRICE_USD = 0.4e-6
# In us-east-1: https://aws.amazon.com/cloudwatch/pricing/ and https://aws.amazon.com/fargate/pricing/
ALARM_METRIC_USD, CPU_HOUR_USD, GB_HOUR_USD = 0.10, 0.04048, 0.004445
QUEUE_URL = "https://sqs.us-east-1.amazonaws.com/123456789012/orders"
RECEIVES = "receives and deletes"
COSTS = [RECEIVES, "sends, one message per request", "alarms", "KEDA's requests", "CPU and memory of the workers"]


@pytest.fixture(scope="module")
def example(root):
    return root / "deploy/example"


@pytest.fixture(scope="module")
def config(example):
    """What `terraform output -raw longshore_toml` prints."""
    text = (example / "longshore.toml.tftpl").read_text().replace("${region}", "us-east-1")
    text = text.replace("${queue_url}", QUEUE_URL)
    assert "${" not in text, text
    return text


@pytest.fixture(scope="module")
def release(root, example, config):
    """The objects that `helm install orders` creates, by kind."""
    values = yaml.safe_load((example / "values.yaml").read_text()) | {"config": config}
    files = helm_python.Chart.load(root / "deploy/helm/longshore").render(values, name="orders", namespace="shop")
    things = [thing for text in files.values() for thing in yaml.safe_load_all(text) if thing]
    return {thing["kind"]: thing for thing in things}


def checked(longshore, tmp_path, config, *arguments):
    path = tmp_path / "longshore.toml"
    path.write_text(config)
    command = [longshore, "check", "-c", path, "--format", "json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def table(root):
    """The cells of the costs, by the first cell of their row, without bold type."""
    page = (root / "docs/deploy/example.md").read_text()
    begin, end = "<!-- begin: costs, compared by the tests -->", "<!-- end: costs -->"
    rows = page[page.index(begin) + len(begin):page.index(end)].replace("*", "").strip().splitlines()
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    return {name: values for name, *values in cells}


def test_the_names_in_terraform_and_in_the_chart_agree(example, release):
    identity, variables = (example / "identity.tf").read_text(), (example / "variables.tf").read_text()
    account = release["ServiceAccount"]["metadata"]["name"]
    assert account == "orders-longshore"
    assert 'service_account = "${var.name}-longshore"' in identity
    assert re.search(r'variable "name" \{.*?default     = "orders"', variables, re.DOTALL)
    most = re.search(r'variable "max_workers" \{.*?default     = (\d+)', variables, re.DOTALL)[1]
    assert release["ScaledObject"]["spec"]["maxReplicaCount"] == int(most)


def test_keda_and_the_pod_follow_the_configuration(release):
    trigger = release["ScaledObject"]["spec"]["triggers"][0]["metadata"]
    assert (trigger["queueURL"], trigger["queueLength"]) == (QUEUE_URL, "20"), trigger
    assert release["Deployment"]["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] == 50


def test_the_configuration_passes_longshore_check(longshore, tmp_path, config):
    report = checked(longshore, tmp_path, config)
    assert report["stop"]["fits"] and report["stop"]["total"] == 44 and not report["warnings"], report


def test_the_page_names_files_outputs_and_variables_that_exist(root, example):
    page = (root / "docs/deploy/example.md").read_text()
    for file in ("main.tf", "identity.tf", "values.yaml"):
        assert (example / file).exists(), file
        assert f"`{file}`" in page, file
    for command, kind in ((r"terraform output -raw (\w+)", "output"), (r"-var (\w+)=", "variable")):
        named = set(re.findall(command, page))
        defined = set(re.findall(rf'^{kind} "(\w+)"', (example / f"{kind}s.tf").read_text(), re.MULTILINE))
        assert named, f"the page names no {kind}"
        assert named <= defined, f"there is no {kind} {named - defined}"


@pytest.mark.parametrize("size", range(3), ids=["small", "medium", "large"])
def test_the_costs_of_the_page_are_those_of_the_program(longshore, root, tmp_path, config, release, size):
    cells = {name: values[size] for name, values in table(root).items()}
    rate, workers = float(cells["messages per second"].replace(",", "")), int(cells["workers"])
    messages = rate * MONTH_SECONDS
    assert cells["messages per month"] == f"{messages / 1e6:,.{1 if rate == 1 else 0}f} million"
    month = checked(longshore, tmp_path, config, "--rate", str(rate), "--workers", str(workers))["working_month"][0]
    costs = dict(zip(COSTS, [
        month["in_copies"]["usd"],
        messages * PRICE_USD,
        alarm_metrics(root) * ALARM_METRIC_USD,
        MONTH_SECONDS / release["ScaledObject"]["spec"]["pollingInterval"] * PRICE_USD,
        workers * requested(release) * MONTH_SECONDS / 3600,
    ], strict=True))
    for name, cost in costs.items():
        assert cells[name] == f"${cost:,.2f}", f"{name}: {cost}"
    shown = {name: round(cost, 2) for name, cost in costs.items()}
    assert cells["total"] == f"${sum(shown.values()):,.2f}", shown
    batches = sum(shown.values()) - 0.9 * messages * PRICE_USD
    assert cells["total with sends in batches of ten"] == f"${batches:,.2f}", batches


def alarm_metrics(root):
    """The number of metrics that the alarms evaluate. CloudWatch bills each of them."""
    texts = [path.read_text() for path in (root / "deploy/terraform").glob("alarms*.tf")]
    return sum(len(re.findall(r"^ +metric_name +=", text, re.MULTILINE)) for text in texts)


def requested(release):
    """The price of an hour of what the container of the worker requests."""
    containers = release["Deployment"]["spec"]["template"]["spec"]["containers"]
    requests = next(one for one in containers if one["name"] == "longshore")["resources"]["requests"]
    cpu, memory = requests["cpu"].removesuffix("m"), requests["memory"].removesuffix("Mi")
    return int(cpu) / 1000 * CPU_HOUR_USD + int(memory) / 1024 * GB_HOUR_USD
