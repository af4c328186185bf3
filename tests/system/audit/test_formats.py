"""Each format is valid and complete: JSON, SARIF, JUnit XML and Markdown."""

import json
import os
import subprocess
import xml.etree.ElementTree

import jsonschema
import pytest
from markdown_it import MarkdownIt

from audit.baseline import account, entry
from audit.scene import faulty_shop, queue, refusing, served
from audit.terraform import EXPECTED, PLANS, file

# Names and identifiers of statements with the markup of Markdown, HTML and tables. No queue has such a name, but a plan
# and a policy can contain each text.
HOSTILE = "hostile"


@pytest.fixture
def multitool(node_modules):
    """The schema of SARIF, and Microsoft's validator with the rules of GitHub code scanning."""
    return node_modules / "@microsoft/sarif-multitool-linux"


def reports(audit, style):
    """The texts of a report in this format: of an account, of one that cannot be read whole, and of plans."""
    with served(faulty_shop().values()) as server:
        yield "account", audit("--format", style, server=server).exits(0).out
        server.refuse = refusing("GetMetricData")
        yield "denied", audit("--format", style, server=server).exits(5).out
    with account(entry("tags", "video") + entry("tags", "mail")) as (server, baseline):
        yield "baseline", audit("--format", style, "--baseline", baseline, server=server).exits(0).out
    with served([]) as server:
        yield "empty", audit("--format", style, server=server).exits(0).out
    for name in [*EXPECTED, HOSTILE]:
        yield name, audit("--format", style, "--plan", file(name)).exits(0).out


def test_json_has_its_schema(audit, root):
    schema = json.loads((root / "docs/audit.schema.json").read_text())
    jsonschema.validators.validator_for(schema).check_schema(schema)
    for name, text in reports(audit, "json"):
        check_schema(schema, name, text)
        assert "-0.0" not in text, f"{name}: a figure is -0.0"


def check_schema(schema, name, text):
    validator = jsonschema.validators.validator_for(schema)(schema)
    problems = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(json.loads(text))]
    assert not problems, f"{name}: {problems[:5]}"


def test_sarif_has_its_schema(audit, multitool):
    schema = json.loads((multitool / "sarif-2.1.0.json").read_text())
    for name, text in reports(audit, "sarif"):
        check_schema(schema, name, text)


def test_sarif_has_the_findings(audit):
    with account(entry("tags", "video")) as (server, baseline):
        [run] = audit("--format", "sarif", "--baseline", baseline, server=server).report()["runs"]
    found = {(one["message"]["text"].split(":")[0], one["ruleId"], one["level"], "suppressions" in one)
             for one in run["results"]}
    assert found == {("orders", "max-receive-count", "error", False), ("mail", "encryption-off", "warning", False),
                     ("video", "tags", "note", True)}, found
    [run] = audit("--format", "sarif", "--plan", file("faults")).report()["runs"]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]}
    assert places == {"faults.json"}, places
    prints = [tuple(sorted(one["partialFingerprints"].items())) for one in run["results"]]
    assert len(set(prints)) == len(prints), "two findings have one fingerprint"


def test_sarif_fits_github(audit, multitool, tmp_path):
    """Each rule of GitHub code scanning. Its other name in the validator is GitHub Advanced Security."""
    report, result = tmp_path / "report.sarif", tmp_path / "result.sarif"
    report.write_text(audit("--format", "sarif", "--plan", "faults.json", folder=PLANS).exits(0).out)
    program = multitool / "Sarif.Multitool"
    # npm installs it without the right to run.
    program.chmod(0o755)
    command = [program, "validate", report, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "-o", result]
    validated = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False,
                               env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1",
                                    "DOTNET_BUNDLE_EXTRACT_BASE_DIR": str(tmp_path)})
    assert result.exists(), validated.stdout + validated.stderr
    [run] = json.loads(result.read_text("utf-8-sig"))["runs"]
    problems = [one for one in run.get("results", []) if one.get("level", "warning") in ("error", "warning")]
    texts = {f"{one['ruleId']}: {' '.join(one['message'].get('arguments', []))}" for one in problems}
    assert not problems, f"{len(problems)} problems, such as {sorted(texts)[:4]}"


def test_junit_counts(audit):
    for name, text in reports(audit, "junit"):
        suites = xml.etree.ElementTree.fromstring(text)
        cases = suites.findall("testsuite/testcase")
        counts = {kind: len(suites.findall(f"testsuite/testcase/{tag}"))
                  for kind, tag in (("failures", "failure"), ("skipped", "skipped"), ("errors", "error"))}
        counts["tests"] = len(cases)
        for element in (suites, suites.find("testsuite")):
            stated = {kind: int(element.get(kind) or 0) for kind in counts}
            assert stated == counts, f"{name}: {element.tag} states {stated}, and has {counts}"
        if name in EXPECTED:
            assert counts["failures"] == len(EXPECTED[name]), f"{name}: {counts}"
        expected = {"account": (4, 0, 0), "denied": (3, 0, 1), "baseline": (2, 1, 0), "empty": (0, 0, 0)}
        if name in expected:
            assert tuple(counts[kind] for kind in ("failures", "skipped", "errors")) == expected[name], (name, counts)


def test_junit_names_queues(audit):
    """A queue without a finding passes."""
    with served(faulty_shop().values()) as server:
        suites = xml.etree.ElementTree.fromstring(audit("--format", "junit", server=server).out)
    passed = {one.get("classname") for one in suites.iter("testcase") if not len(one)}
    assert passed == {"shop-dead", "stock.fifo", "stock-dead.fifo"}, passed


def parsed(text):
    """The tokens of Markdown, as GitHub reads it."""
    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)


def text_of(token):
    return "".join(child.content if child.type != "softbreak" else " " for child in token.children)


def rows(tokens):
    """The rows of all tables, as lists of texts."""
    found = []
    for index, token in enumerate(tokens):
        if token.type == "tr_open":
            found.append([])
        elif token.type in ("td_open", "th_open"):
            found[-1].append(text_of(tokens[index + 1]))
    return found


def test_markdown_is_not_broken(audit):
    for name in [*EXPECTED, HOSTILE]:
        report = audit.json("--plan", file(name)).report()
        tokens = parsed(audit("--format", "markdown", "--plan", file(name)).exits(0).out)
        line = lambda queue: queue.replace("\n", " ")  # noqa: E731
        expected = [[line(one["queue"]), one["title"], one["severity"], "", ""] for one in report["findings"]]
        found = [row for row in rows(tokens) if len(row) == 5 and row[0] != "queue"]
        broken = [(row, wanted) for row, wanted in zip(found, expected, strict=False) if row != wanted]
        assert len(found) == len(expected), f"{name}: expected and found: {broken[:3]}"
        assert not broken, f"{name}: expected and found: {broken[:3]}"
        kinds = {child.type for token in tokens for child in token.children or ()} | {token.type for token in tokens}
        assert not kinds & {"html_inline", "html_block", "em_open", "s_open", "image"}, f"{name}: {kinds}"
        evidence = {line(f"{one['evidence']} ({one['certainty']})") for one in report["findings"]}
        missing = evidence - {text_of(token) for token in tokens if token.type == "inline"}
        assert not missing, f"{name}: evidence is changed by markup: {sorted(missing)[:2]}"
        codes = [code for one in report["findings"] for code in (one["fix"]["aws"], one["fix"]["terraform"]) if code]
        fences = [token.content.rstrip("\n") for token in tokens if token.type == "fence"]
        assert fences == codes, f"{name}: {len(fences)} blocks of code, expected {len(codes)}"


def test_a_name_in_a_fix_is_no_markup(audit):
    dead = queue("__dead__")
    dead.settings["MessageRetentionPeriod"] = "86400"
    with served([dead, queue("orders", dead)]) as server:
        tokens = parsed(audit("--format", "markdown", server=server).exits(0).out)
    texts = [text_of(token) for token in tokens if token.type == "inline"]
    assert any("__dead__ to 14 days" in text for text in texts), [text for text in texts if "14 days" in text]

