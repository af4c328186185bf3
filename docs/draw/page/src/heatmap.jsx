// A heatmap. Grafana's code for it is not in its Apache-2.0 packages, so this has the same cells, colors and axes.
import { useEffect, useMemo, useRef } from 'react';
import { dateTimeFormat, formattedValueToString, getValueFormat } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import { interpolateCividis } from 'd3-scale-chromatic';
import { NoData } from './nodata.jsx';

const AXIS = 36;
const LEGEND = 30;
const ROW_PIXELS = 18;
const TICK_PIXELS = 90;
const TICK_MINUTES = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 360];

// The buckets of Prometheus are cumulative, the cells are not.
function cells(data) {
  const bound = (frame) => Number(frame.fields[1].labels.le.replace('+Inf', 'Infinity'));
  const sorted = [...data].sort((a, b) => bound(a) - bound(b));
  const times = [...new Set(data.flatMap((frame) => frame.fields[0].values))].sort((a, b) => a - b);
  const at = sorted.map(({ fields: [time, value] }) =>
    new Map(time.values.map((one, index) => [one, value.values[index]])));
  const counts = at.map((row, index) => times.map((time) =>
    Math.max(0, (row.get(time) ?? 0) - (at[index - 1]?.get(time) ?? 0))));
  return { bounds: sorted.map(bound), times, counts };
}

// Positions in the canvas.
function layout(width, height, { from, to }, { bounds, times }, hasLegend) {
  const plot = { left: 58, top: 8, width: width - 66, height: height - AXIS - (hasLegend ? LEGEND : 0) };
  const x = (time) => plot.left + ((time - from.valueOf()) / (to.valueOf() - from.valueOf())) * plot.width;
  const rowHeight = plot.height / Math.max(1, bounds.length);
  const rowTop = (row) => plot.top + plot.height - (row + 1) * rowHeight;
  return { plot, x, rowHeight, rowTop, cellWidth: times.length > 1 ? x(times[1]) - x(times[0]) : 4 };
}

function drawCells(ctx, { x, rowHeight, rowTop, cellWidth }, { times, counts }, least, shade) {
  counts.forEach((row, index) => row.forEach((count, column) => {
    if (count > least) {
      ctx.fillStyle = shade(count);
      ctx.fillRect(x(times[column]) - cellWidth, rowTop(index), Math.max(1, cellWidth - 1), Math.max(1, rowHeight - 1));
    }
  }));
}

function drawAxes(ctx, { plot, x, rowTop }, { bounds }, unit, { from, to }) {
  const format = getValueFormat(unit);
  const every = Math.ceil(bounds.length / Math.max(1, Math.floor(plot.height / ROW_PIXELS)));
  ctx.textAlign = 'right';
  ctx.textBaseline = 'middle';
  bounds.forEach((bound, row) => {
    if (row % every === 0) {
      const text = bound === Infinity ? '+Inf' : formattedValueToString(format(bound));
      ctx.fillText(text, plot.left - 6, rowTop(row));
    }
  });
  ctx.textAlign = 'center';
  const enough = TICK_MINUTES.find((one) => x(from.valueOf() + one * 60000) - plot.left >= TICK_PIXELS);
  const distance = (enough ?? TICK_MINUTES.at(-1)) * 60000;
  for (let time = Math.ceil(from.valueOf() / distance) * distance; time < to.valueOf(); time += distance) {
    const text = dateTimeFormat(time, { format: 'HH:mm:ss', timeZone: 'utc' });
    ctx.fillText(text, x(time), plot.top + plot.height + 14);
  }
}

export function Heatmap({ panel, data, scene, width, height }) {
  const theme = useTheme2();
  const canvas = useRef(null);
  const found = useMemo(() => cells(data), [data]);
  const most = Math.max(...found.counts.flat(), 0);
  const { color, legend, yAxis, filterValues } = panel.options;
  const colorOf = (share) => interpolateCividis(theme.isDark ? share ** color.exponent : 1 - share ** color.exponent);
  const drawn = height - (legend.show ? LEGEND : 0);
  useEffect(() => {
    const ctx = canvas.current?.getContext('2d');
    if (!ctx) {
      return;
    }
    const places = layout(width, height, scene.range, found, legend.show);
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    ctx.font = '12px Inter';
    drawCells(ctx, places, found, filterValues?.le ?? 0, (count) => colorOf(count / most));
    ctx.fillStyle = theme.colors.text.primary;
    drawAxes(ctx, places, found, yAxis.unit, scene.range);
  }, []);
  if (!data.length) {
    return <NoData panel={panel} />;
  }
  return (
    <div>
      <canvas ref={canvas} width={width * devicePixelRatio} height={drawn * devicePixelRatio}
        style={{ width, height: drawn, display: 'block' }} />
      {legend.show && <Scale colorOf={colorOf} most={most} />}
    </div>
  );
}

function Scale({ colorOf, most }) {
  const stops = Array.from({ length: 11 }, (_, index) => colorOf(index / 10)).join(', ');
  return (
    <div style={{ width: 300, fontSize: 12, paddingLeft: 8 }}>
      <div style={{ height: 8, background: `linear-gradient(90deg, ${stops})` }} />
      <div style={{ display: 'flex', justifyContent: 'space-between' }}>
        <span>0</span><span>{most.toPrecision(3)}</span>
      </div>
    </div>
  );
}
