// A dashboard in Grafana's layout. The bar of variables and the rows look like Grafana's.
import { renderMarkdown } from '@grafana/data';
import { Icon, PanelChrome, useTheme2 } from '@grafana/ui';
import { Visualization } from './panels.jsx';

// Grafana's grid.
const [CELL, GUTTER, COLUMNS, PADDING] = [30, 8, 24, 16];

function place({ x, y, w, h }, width) {
  const column = (width + GUTTER) / COLUMNS;
  return {
    position: 'absolute', left: x * column, top: y * (CELL + GUTTER), width: w * column - GUTTER,
    height: h * (CELL + GUTTER) - GUTTER,
  };
}

function Panel({ panel, scene, width }) {
  const style = place(panel.gridPos, width);
  if (panel.type === 'row') {
    return <Row panel={panel} style={style} />;
  }
  return (
    <div style={style}>
      <PanelChrome title={panel.title} width={style.width} height={style.height} hoverHeader={!panel.title}
        description={panel.title ? () => renderMarkdown(panel.description ?? '') : undefined}
        displayMode={panel.transparent ? 'transparent' : 'default'}>
        {(innerWidth, innerHeight) => (
          <Visualization panel={panel} scene={scene} width={innerWidth} height={innerHeight} />
        )}
      </PanelChrome>
    </div>
  );
}

function Row({ panel, style }) {
  const theme = useTheme2();
  return (
    <div style={{ ...style, display: 'flex', alignItems: 'center', gap: 8, ...theme.typography.h5, margin: 0 }}>
      <Icon name={panel.collapsed ? 'angle-right' : 'angle-down'} />
      <span>{panel.title}{panel.collapsed && ` (${panel.panels.length} panels)`}</span>
    </div>
  );
}

function Controls({ dashboard, scene }) {
  const theme = useTheme2();
  const box = {
    display: 'inline-flex', height: 32, alignItems: 'center', padding: '0 8px', fontSize: 12, borderRadius: 2,
    border: `1px solid ${theme.colors.border.medium}`,
  };
  const label = { ...box, background: theme.colors.background.primary, fontWeight: 500, borderRight: 0 };
  const input = {
    ...box, background: theme.components.input.background, minWidth: 80, justifyContent: 'space-between',
  };
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, padding: '8px 0 16px' }}>
      {scene.all.map((one) => (
        <span key={one.name} style={{ display: 'flex' }}>
          <span style={label}>{one.label}</span>
          <span style={input}>{one.text}<Icon name="angle-down" /></span>
        </span>
      ))}
      {dashboard.annotations.list.map((one) => (
        <span key={one.name} style={box}>{one.name}&nbsp;<span style={{ color: one.iconColor }}>●</span></span>
      ))}
      <span style={{ flex: 1 }} />
      {dashboard.links.map((one) => (
        <span key={one.title} style={box}><Icon name="file-alt" />&nbsp;{one.title}</span>
      ))}
    </div>
  );
}

export function Dashboard({ dashboard, scene }) {
  const theme = useTheme2();
  const width = document.documentElement.clientWidth - 2 * PADDING;
  const bottom = Math.max(...dashboard.panels.map(({ gridPos }) => gridPos.y + gridPos.h));
  const colors = { background: theme.colors.background.canvas, color: theme.colors.text.primary };
  const time = (moment) => moment.utc().format('HH:mm');
  return (
    <div style={{ padding: `8px ${PADDING}px 32px`, ...colors }}>
      <div style={{ ...theme.typography.h4, margin: 0 }}>Dashboards › {dashboard.title}
        <span style={{ float: 'right', ...theme.typography.bodySmall }}>
          {time(scene.range.from)} to {time(scene.range.to)} UTC, refresh {dashboard.refresh}
        </span>
      </div>
      <Controls dashboard={dashboard} scene={scene} />
      <div style={{ position: 'relative', height: bottom * (CELL + GUTTER) }}>
        {dashboard.panels.map((panel) => <Panel key={panel.id} panel={panel} scene={scene} width={width} />)}
      </div>
    </div>
  );
}
