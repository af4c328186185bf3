"""Checks the dashboards with the TypeScript types of each supported Grafana version.

usage: python schema.py PATH_OF_NODE_MODULES

Each dashboard becomes a literal of the type Dashboard, and the options of each panel a literal of the options of its
type. The compiler reports a key that the type does not have, and a value that it does not allow. Then the script
breaks a dashboard in several ways, and the compiler must report each. Exits 1 if a check fails.
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

import grafana

MODULES = pathlib.Path(sys.argv[1]).resolve()
DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / "dashboards"
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


def types_of(version):
    """The files in which a version declares its types: the main file, and one for each type of panel."""
    package = MODULES / version
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
    for panel in grafana.panels(dashboard):
        kind, number = panel["type"], panel["id"]
        if kind == "row":
            continue
        options = json.dumps(panel["options"])
        lines.append(f"export const options{number} = {options} satisfies Plain<Partial<{kind}.Options>>;")
        if kind not in WITHOUT_FIELD_OPTIONS:
            custom = json.dumps(panel["fieldConfig"]["defaults"]["custom"])
            lines.append(f"export const custom{number} = {custom} satisfies Plain<Partial<{kind}.FieldConfig>>;")
    return "\n".join(lines) + "\n"


def compiler_errors(version, programs):
    """The errors of each program, by its name. The key "" has the other output."""
    main, panels = types_of(version)
    with tempfile.TemporaryDirectory() as scratch:
        for name, program in programs.items():
            pathlib.Path(scratch, f"{name}.ts").write_text(program)
        paths = {"@grafana/schema": [str(main)]} | {f"panel-{kind}": [str(path)] for kind, path in panels.items()}
        options = {"noEmit": True, "strict": True, "skipLibCheck": True, "module": "esnext", "target": "es2022",
                   "moduleResolution": "bundler", "types": [], "paths": paths}
        pathlib.Path(scratch, "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))
        compiler = subprocess.run([MODULES / ".bin/tsc", "--project", scratch], cwd=scratch, capture_output=True,
                                  text=True, check=False)
    output = (compiler.stdout + compiler.stderr).splitlines()
    if compiler.returncode and not output:
        raise SystemExit(f"tsc exited with {compiler.returncode}")
    return {name: [line for line in output if line.startswith(f"{name}.ts")] for name in programs} | {
        "": [line for line in output if not line.startswith((" ", *(f"{name}.ts" for name in programs)))]}


def broken(dashboard):
    """Copies of the dashboard with one error each."""
    def with_error(change):
        copied = copy.deepcopy(dashboard)
        change(copied, next(panel for panel in copied["panels"] if panel["type"] == "timeseries"))
        return copied
    return {
        "an unknown key": with_error(lambda board, _: board.update(editabel=False)),
        "an invalid tooltip mode": with_error(lambda board, _: board.update(graphTooltip=7)),
        "an invalid refresh mode of a variable": with_error(
            lambda board, _: board["templating"]["list"][1].update(refresh=5)),
        "a misspelled gridPos": with_error(lambda _, panel: panel.update(gridPoss=panel.pop("gridPos"))),
        "a misspelled unit": with_error(lambda _, panel: panel["fieldConfig"]["defaults"].update(units="s")),
        "an unknown key of a panel in a closed row": with_error(
            lambda board, _: next(row for row in board["panels"] if row.get("panels"))["panels"][0].update(titel="")),
        "an invalid legend mode": with_error(
            lambda _, panel: panel["options"]["legend"].update(displayMode="tabel")),
        "an invalid draw style": with_error(
            lambda _, panel: panel["fieldConfig"]["defaults"]["custom"].update(drawStyle="lines")),
    }


def main():
    dashboards = {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}
    programs = {name: literal(dashboard) for name, dashboard in dashboards.items()}
    mutants = broken(next(iter(dashboards.values())))
    programs |= {f"broken-{index}": literal(mutant) for index, mutant in enumerate(mutants.values())}
    failed = 0
    for version in VERSIONS:
        errors = compiler_errors(version, programs)
        wrong = [line for name, lines in errors.items() if not name.startswith("broken-") for line in lines]
        missed = [title for index, title in enumerate(mutants) if not errors[f"broken-{index}"]]
        for line in wrong + [f"the compiler did not report {title}" for title in missed]:
            print(f"{version}: {line}")
        failed += len(wrong) + len(missed)
        print(f"{version}: {len(dashboards)} dashboards, {len(wrong)} errors; "
              f"{len(mutants) - len(missed)} of {len(mutants)} deliberate errors reported", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
