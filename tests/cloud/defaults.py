"""The module's defaults, and what they must have in common with the worker's.

usage: python defaults.py PATH_OF_LONGSHORE

Reads the files as they stand, so that it needs no Terraform. Exits 1 if any case fails.
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
    """Blocks of this kind with their names, over all files of the module."""
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
            assert variable.get("validation"), f"{name} may be anything"


def every_output_has_a_description():
    outputs = dict(blocks("output"))
    assert outputs and all(output.get("description") for output in outputs.values()), outputs


def the_page_of_the_module_lists_them():
    page = read("deploy/terraform/README.md")
    listed = re.findall(r"^\| `(\w+)` \|(?: (\S*) \|)? (.+) \|$", page, re.MULTILINE)
    def shown(value):
        return "`null`" if value is None else f"`{value}`".replace('"', "")
    expected = [(name, shown(body["default"]) if "default" in body else "", body["description"].strip('"'))
                for name, body in [*blocks("variable"), *blocks("output")]]
    listed = [(name, value, text.removeprefix("| ")) for name, value, text in listed]
    assert sorted(listed) == sorted(expected), set(listed) ^ set(expected)


def messages_stay_hidden_as_long_as_the_workers_say():
    for config in CONFIGS:
        visibility = in_seconds(effective(LONGSHORE, config, "queue.orders", "visibility"))
        assert default("visibility_timeout_seconds") == visibility, config


def receives_wait_as_long_as_the_workers_do():
    for config in CONFIGS:
        assert default("receive_wait_time_seconds") == checked(LONGSHORE, config)["idle_month"][0]["wait"], config


def money_is_counted_as_the_workers_count_it():
    for config in CONFIGS:
        def of(key):
            return float(effective(LONGSHORE, config, "queue.orders", key))
        assert default("price_per_million_usd") == of("price_per_million_usd")
        assert default("waste_budget_per_month_usd") == of("slo.cost.waste_budget_per_month")


def runbooks_are_where_the_rules_say():
    rules = re.search(r'RUNBOOKS: &str = "(.+)";', read("src/slo/rules/mod.rs"))[1]
    assert default("docs_url").strip('"') + "runbooks/" == rules


def alarms_look_at_no_more_pollers_than_there_are_tasks():
    # One poller each while the queue is idle.
    assert f'"MaxCapacity": {default("pollers")}' in read("deploy/ecs/scalable-target.json")


CASES = [every_variable_has_a_type_and_a_description, every_output_has_a_description, the_page_of_the_module_lists_them,
         messages_stay_hidden_as_long_as_the_workers_say, receives_wait_as_long_as_the_workers_do,
         money_is_counted_as_the_workers_count_it, runbooks_are_where_the_rules_say,
         alarms_look_at_no_more_pollers_than_there_are_tasks]

if __name__ == "__main__":
    sys.exit(play(CASES))
