"""The dashboards against Grafana's own types, of each version that is supported, by the TypeScript compiler.

usage: python schema.py PATH_OF_NODE_MODULES

Each dashboard becomes a literal of the type Dashboard, and the options of each panel a literal of the options
of its type. In a literal, a key that the type does not have is an error, and so is a value it does not allow.
Then each of them is broken on purpose, and the compiler must notice. Exits 1 if anything is wrong.
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile

MODULES = pathlib.Path(sys.argv[1]).resolve()
DASHBOARDS = pathlib.Path(__file__).resolve().parents[2] / "dashboards"
VERSIONS = ["grafana-11", "grafana-12", "grafana-13"]
# The panels in use, and Grafana's name of the file that has their types. Those of a stat have no field options.
PANELS = {"heatmap": "Heatmap", "stat": "Stat", "table": "Table", "text": "Text", "timeseries": "TimeSeries"}
WITHOUT_FIELD_OPTIONS = {"stat", "text"}
# What Prometheus reads of an annotation is in no version's types, in any form.
OF_PROMETHEUS = ["expr", "step", "tagKeys", "textFormat", "titleFormat"]

# JSON has the values of enumerations, not their names.
PLAIN = """\
type Plain<T> = T extends string ? `${T}`
  : T extends Array<infer U> ? Array<Plain<U>>
  : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;
"""


def types_of(version):
    """Where a version declares its types; `main` first."""
    package = MODULES / version
    main = next(package / path for path in ["dist/types/index.d.ts", "dist/esm/index.d.mts"]
                if (package / path).exists())
    composable = package / "dist/esm/raw/composable"
    return main, {kind: composable / kind / f"panelcfg/x/{name}PanelCfg_types.gen" for kind, name in PANELS.items()}


def literal(dashboard):
    """The program whose types are right if the dashboard's are."""
    frame = copy.deepcopy(dashboard)
    for annotation in frame["annotations"]["list"]:
        for key in OF_PROMETHEUS:
            annotation.pop(key, None)
    lines = ["import type { Dashboard } from '@grafana/schema';"]
    lines += [f"import type * as {kind} from 'panel-{kind}';" for kind in PANELS]
    lines += [PLAIN, f"export const frame = {json.dumps(frame, indent=1)} satisfies Plain<Dashboard>;"]
    for panel in dashboard["panels"]:
        kind, number = panel["type"], panel["id"]
        if kind == "row":
            continue
        options = json.dumps(panel["options"])
        lines.append(f"export const options{number} = {options} satisfies Plain<Partial<{kind}.Options>>;")
        if kind not in WITHOUT_FIELD_OPTIONS:
            custom = json.dumps(panel["fieldConfig"]["defaults"]["custom"])
            lines.append(f"export const custom{number} = {custom} satisfies Plain<Partial<{kind}.FieldConfig>>;")
    return "\n".join(lines) + "\n"


def complaints(version, programs):
    """What the compiler says of each program, by its name."""
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
    said = (compiler.stdout + compiler.stderr).splitlines()
    if compiler.returncode and not said:
        raise SystemExit(f"tsc ended with {compiler.returncode}")
    return {name: [line for line in said if line.startswith(f"{name}.ts")] for name in programs} | {
        "": [line for line in said if not line.startswith((" ", *(f"{name}.ts" for name in programs)))]}


def broken(dashboard):
    """The dashboard with one thing wrong at a time."""
    def breaking(change):
        copied = copy.deepcopy(dashboard)
        change(copied, next(panel for panel in copied["panels"] if panel["type"] == "timeseries"))
        return copied
    return {
        "a key that is none": breaking(lambda board, _: board.update(editabel=False)),
        "a tooltip that there is not": breaking(lambda board, _: board.update(graphTooltip=7)),
        "a variable that refreshes never and always": breaking(
            lambda board, _: board["templating"]["list"][1].update(refresh=5)),
        "a grid that is none": breaking(lambda _, panel: panel.update(gridPoss=panel.pop("gridPos"))),
        "a unit under another name": breaking(lambda _, panel: panel["fieldConfig"]["defaults"].update(units="s")),
        "a legend that there is not": breaking(
            lambda _, panel: panel["options"]["legend"].update(displayMode="tabel")),
        "a line that there is not": breaking(
            lambda _, panel: panel["fieldConfig"]["defaults"]["custom"].update(drawStyle="lines")),
    }


def main():
    dashboards = {path.stem: json.loads(path.read_text()) for path in sorted(DASHBOARDS.glob("*.json"))}
    programs = {name: literal(dashboard) for name, dashboard in dashboards.items()}
    mutants = broken(next(iter(dashboards.values())))
    programs |= {f"broken-{index}": literal(mutant) for index, mutant in enumerate(mutants.values())}
    failed = 0
    for version in VERSIONS:
        said = complaints(version, programs)
        wrong = [line for name, lines in said.items() if not name.startswith("broken-") for line in lines]
        missed = [title for index, title in enumerate(mutants) if not said[f"broken-{index}"]]
        for line in wrong + [f"nobody noticed {title}" for title in missed]:
            print(f"{version}: {line}")
        failed += len(wrong) + len(missed)
        print(f"{version}: {len(dashboards)} dashboards, {len(wrong)} errors; "
              f"{len(mutants) - len(missed)} of {len(mutants)} mistakes noticed", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
