"""The defaults of the Terraform module are those of the worker. These tests parse the files, so they need no
Terraform."""

import re

import hcl2
import pytest

from cloud.checked import checked, effective, in_seconds
from cloud.files import ROOT, read

MODULE = ROOT / "deploy/terraform"


@pytest.fixture(params=["deploy/systemd/longshore.toml", "deploy/ecs/longshore.toml"], ids=["systemd", "ecs"])
def config(request):
    """The configuration of a worker."""
    return request.param


def blocks(kind):
    """Yields the name and body of each block of this kind in all files of the module."""
    for path in sorted(MODULE.glob("*.tf")):
        for block in hcl2.loads(path.read_text()).get(kind, []):
            for name, body in block.items():
                if isinstance(body, dict):
                    yield name.strip('"'), body


def default(name):
    return dict(blocks("variable"))[name]["default"]


def test_every_variable_has_a_type_and_a_description():
    variables = dict(blocks("variable"))
    assert len(variables) > 15, variables.keys()
    for name, variable in variables.items():
        assert variable.get("type") and len(variable.get("description", "")) > 20, name
        if variable["type"] == "number":
            assert variable.get("validation"), f"{name} has no validation"


def test_every_output_has_a_description():
    outputs = dict(blocks("output"))
    assert outputs and all(output.get("description") for output in outputs.values()), outputs


def test_the_readme_lists_every_variable_and_output():
    page = read("deploy/terraform/README.md")
    listed = re.findall(r"^\| `(\w+)` \|(?: (\S*) \|)? (.+) \|$", page, re.MULTILINE)
    def shown(value):
        # As HCL writes it.
        words = {None: "null", True: "true", False: "false"}
        word = words[value] if value is None or isinstance(value, bool) else value
        return f"`{word}`".replace('"', "")
    def plain(text):
        return text.strip('"').replace('\\"', '"')
    expected = [(name, shown(body["default"]) if "default" in body else "", plain(body["description"]))
                for name, body in [*blocks("variable"), *blocks("output")]]
    listed = [(name, value, text.removeprefix("| ")) for name, value, text in listed]
    assert sorted(listed) == sorted(expected), set(listed) ^ set(expected)


def test_the_visibility_timeout_equals_that_of_the_workers(longshore, config):
    visibility = in_seconds(effective(longshore, config, "queue.orders", "visibility"))
    assert default("visibility_timeout_seconds") == visibility


def test_the_receive_wait_equals_that_of_the_workers(longshore, config):
    assert default("receive_wait_time_seconds") == checked(longshore, config)["idle_month"][0]["wait"]


def test_the_price_and_the_budget_equal_those_of_the_workers(longshore, config):
    def of(key):
        return float(effective(longshore, config, "queue.orders", key))
    assert default("price_per_million_usd") == of("price_per_million_usd")
    assert default("waste_budget_per_month_usd") == of("slo.cost.waste_budget_per_month")


def test_the_runbook_url_equals_that_of_the_rules():
    rules = re.search(r'RUNBOOKS: &str = "(.+)";', read("crates/longshore/src/report/verdict.rs"))[1]
    assert default("docs_url").strip('"') + "runbooks/" == rules


def test_the_number_of_pollers_equals_the_maximum_of_tasks():
    # Each task has one poll loop while the queue is idle.
    assert f'"MaxCapacity": {default("pollers")}' in read("deploy/ecs/scalable-target.json")
