// A dashboard with every closed row open, as if a reader had opened them.
export function opened(dashboard) {
  let down = 0;
  const panels = dashboard.panels.flatMap((panel) => {
    const moved = { ...panel, gridPos: { ...panel.gridPos, y: panel.gridPos.y + down } };
    if (panel.type !== 'row' || !panel.collapsed) {
      return [moved];
    }
    const first = Math.min(...panel.panels.map(({ gridPos }) => gridPos.y));
    const height = Math.max(...panel.panels.map(({ gridPos }) => gridPos.y + gridPos.h)) - first;
    down += height;
    const below = moved.gridPos.y + 1 - first;
    const inner = panel.panels.map((one) => ({ ...one, gridPos: { ...one.gridPos, y: one.gridPos.y + below } }));
    return [{ ...moved, collapsed: false, panels: [] }, ...inner];
  });
  return { ...dashboard, panels };
}
