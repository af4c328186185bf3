"""Compares the defaults of the Terraform module with those of the worker.

usage: python defaults.py PATH_OF_LONGSHORE

Parses the files itself, so that it needs no Terraform. Exits 1 if any case fails.
"""

import os
import re
import sys

import hcl2

from cases import ROOT, play, read
from checked import checked, effective, in_seconds

LONGSHORE = os.path.abspath(sys.argv[1])
MODULE = ROOT / "deploy/terraform"
CONFIGS = ["deploy/systemd/longshore.toml", "deploy/ecs/longshore.toml"]


def blocks(kind):
    """Yields the name and body of each block of this kind in all files of the module."""
    for path in sorted(MODULE.glob("*.tf")):
        for block in hcl2.loads(path.read_text()).get(kind, []):
            for name, body in block.items():
                if isinstance(body, dict):
                    yield name.strip('"'), body


def default(name):
    return dict(blocks("variable"))[name]["default"]


def every_variable_has_a_type_and_a_description():
    variables = dict(blocks("variable"))
    assert len(variables) > 15, variables.keys()
    for name, variable in variables.items():
        assert variable.get("type") and len(variable.get("description", "")) > 20, name
        if variable["type"] == "number":
            assert variable.get("validation"), f"{name} has no validation"


def every_output_has_a_description():
    outputs = dict(blocks("output"))
    assert outputs and all(output.get("description") for output in outputs.values()), outputs


def the_readme_lists_every_variable_and_output():
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


def the_visibility_timeout_equals_that_of_the_workers():
    for config in CONFIGS:
        visibility = in_seconds(effective(LONGSHORE, config, "queue.orders", "visibility"))
        assert default("visibility_timeout_seconds") == visibility, config


def the_receive_wait_equals_that_of_the_workers():
    for config in CONFIGS:
        assert default("receive_wait_time_seconds") == checked(LONGSHORE, config)["idle_month"][0]["wait"], config


def the_price_and_the_budget_equal_those_of_the_workers():
    for config in CONFIGS:
        def of(key):
            return float(effective(LONGSHORE, config, "queue.orders", key))
        assert default("price_per_million_usd") == of("price_per_million_usd")
        assert default("waste_budget_per_month_usd") == of("slo.cost.waste_budget_per_month")


def the_runbook_url_equals_that_of_the_rules():
    rules = re.search(r'RUNBOOKS: &str = "(.+)";', read("crates/longshore/src/report/verdict.rs"))[1]
    assert default("docs_url").strip('"') + "runbooks/" == rules


def the_number_of_pollers_equals_the_maximum_of_tasks():
    # Each task has one poll loop while the queue is idle.
    assert f'"MaxCapacity": {default("pollers")}' in read("deploy/ecs/scalable-target.json")


CASES = [every_variable_has_a_type_and_a_description, every_output_has_a_description,
         the_readme_lists_every_variable_and_output,
         the_visibility_timeout_equals_that_of_the_workers, the_receive_wait_equals_that_of_the_workers,
         the_price_and_the_budget_equal_those_of_the_workers, the_runbook_url_equals_that_of_the_rules,
         the_number_of_pollers_equals_the_maximum_of_tasks]

if __name__ == "__main__":
    sys.exit(play(CASES))
