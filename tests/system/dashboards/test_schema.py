"""Checks the dashboards with the TypeScript types of each supported Grafana version.

Each dashboard becomes a literal of the type Dashboard, and the options of each panel a literal of the options of its
type. The compiler reports a key that the type does not have, and a value that it does not allow. It must also report
each deliberate error.
"""

import copy
import json
import subprocess

import pytest

from dashboards.grafana import DASHBOARDS, panels

VERSIONS = ["grafana-11", "grafana-12", "grafana-13"]
# The types of the panels, and the name of the file that declares each. A stat panel has no field options.
PANELS = {"heatmap": "Heatmap", "stat": "Stat", "table": "Table", "text": "Text", "timeseries": "TimeSeries"}
WITHOUT_FIELD_OPTIONS = {"stat", "text"}
# The annotation keys of the Prometheus data source. No version declares types for them.
PROMETHEUS_KEYS = ["expr", "step", "tagKeys", "textFormat", "titleFormat", "useValueForTime"]

# JSON contains the values of enumerations and not their names.
PLAIN = """\
type Plain<T> = T extends string ? `${T}`
  : T extends Array<infer U> ? Array<Plain<U>>
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""

# Each changes a dashboard and its first time series.
ERRORS = {
    "an unknown key": lambda board, _: board.update(editabel=False),
    "an invalid tooltip mode": lambda board, _: board.update(graphTooltip=7),
    "an invalid refresh mode of a variable": lambda board, _: board["templating"]["list"][1].update(refresh=5),
    "a misspelled gridPos": lambda _, panel: panel.update(gridPoss=panel.pop("gridPos")),
    "a misspelled unit": lambda _, panel: panel["fieldConfig"]["defaults"].update(units="s"),
    "an unknown key of a panel in a closed row":
        lambda board, _: next(row for row in board["panels"] if row.get("panels"))["panels"][0].update(titel=""),
    "an invalid legend mode": lambda _, panel: panel["options"]["legend"].update(displayMode="tabel"),
    "an invalid draw style":
        lambda _, panel: panel["fieldConfig"]["defaults"]["custom"].update(drawStyle="lines"),
}


def types_of(package):
    """The files in which a version declares its types: the main file, and one for each type of panel."""
    main = next(package / path for path in ["dist/types/index.d.ts", "dist/esm/index.d.mts"]
                if (package / path).exists())
    composable = package / "dist/esm/raw/composable"
    return main, {kind: composable / kind / f"panelcfg/x/{name}PanelCfg_types.gen" for kind, name in PANELS.items()}


def literal(dashboard):
    """A program that compiles if the dashboard has the right types."""
    frame = copy.deepcopy(dashboard)
    for annotation in frame["annotations"]["list"]:
        for key in PROMETHEUS_KEYS:
            annotation.pop(key, None)
    lines = ["import type { Dashboard } from '@grafana/schema';"]
    lines += [f"import type * as {kind} from 'panel-{kind}';" for kind in PANELS]
    lines += [PLAIN, f"export const frame = {json.dumps(frame, indent=1)} satisfies Plain<Dashboard>;"]
    for panel in panels(dashboard):
        kind, number = panel["type"], panel["id"]
        if kind == "row":
            continue
        options = json.dumps(panel["options"])
        lines.append(f"export const options{number} = {options} satisfies Plain<Partial<{kind}.Options>>;")
        if kind not in WITHOUT_FIELD_OPTIONS:
            custom = json.dumps(panel["fieldConfig"]["defaults"]["custom"])
            lines.append(f"export const custom{number} = {custom} satisfies Plain<Partial<{kind}.FieldConfig>>;")
    return "\n".join(lines) + "\n"


def broken(dashboard, change):
    copied = copy.deepcopy(dashboard)
    change(copied, next(panel for panel in copied["panels"] if panel["type"] == "timeseries"))
    return copied


def programs():
    """The programs of all dashboards and of all deliberate errors, by their names. The errors are in one dashboard."""
    dashboards = {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}
    first = next(iter(dashboards.values()))
    mutants = {f"broken-{index}": broken(first, change) for index, change in enumerate(ERRORS.values())}
    return {name: literal(dashboard) for name, dashboard in {**dashboards, **mutants}.items()}


def compiler_options(package):
    main, files = types_of(package)
    paths = {"@grafana/schema": [str(main)]} | {f"panel-{kind}": [str(path)] for kind, path in files.items()}
    return {"noEmit": True, "strict": True, "skipLibCheck": True, "module": "esnext", "target": "es2022",
            "moduleResolution": "bundler", "types": [], "paths": paths}


@pytest.fixture(scope="module", params=VERSIONS)
def compiler_errors(request, node_modules, tmp_path_factory):
    """The lines of the compiler that begin with an error."""
    scratch = tmp_path_factory.mktemp(request.param)
    for name, program in programs().items():
        (scratch / f"{name}.ts").write_text(program)
    options = compiler_options(node_modules / request.param)
    (scratch / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
    compiler = subprocess.run([node_modules / ".bin/tsc", "--project", scratch], cwd=scratch, capture_output=True,
                              text=True, check=False)
    output = (compiler.stdout + compiler.stderr).splitlines()
    assert output, f"tsc exited with {compiler.returncode}, and reported no deliberate error"
    return [line for line in output if not line.startswith(" ")]


def test_grafana_knows_every_key_and_value(compiler_errors):
    wrong = [line for line in compiler_errors if not line.startswith("broken-")]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("title", ERRORS)
def test_the_compiler_reports(compiler_errors, title):
    name = f"broken-{list(ERRORS).index(title)}.ts"
    assert any(line.startswith(name) for line in compiler_errors)
