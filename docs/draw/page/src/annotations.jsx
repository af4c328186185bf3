// Annotations: what Prometheus returns for them, and how they look in a graph. Grafana's code for this is not in its
// Apache-2.0 packages, so this draws the same lines, regions and marks below the axis.
import { useState } from 'react';
import { colorManipulator, rangeUtil } from '@grafana/data';
import { frames } from './prometheus.js';
import { fill } from './variables.js';

const LINE = 2;
const DASH = [5, 5];
const MARK = 6;

// Points that follow each other within a step are one region.
function regions([times, values], step, { iconColor: color, useValueForTime }) {
  const found = [];
  times.values.forEach((timeOfPoint, index) => {
    const latest = found.at(-1);
    const value = values.values[index];
    const time = useValueForTime ? value : timeOfPoint;
    if (!value) {
      return;
    }
    if (latest && latest.to + step * 1000 >= time) {
      latest.to = time;
    } else {
      found.push({ from: time, to: time, color });
    }
  });
  return found;
}

export async function annotations(dashboard, url, range, all) {
  const enabled = dashboard.annotations.list.filter(({ enable }) => enable);
  const found = await Promise.all(enabled.map(async (annotation) => {
    const { expr, step, titleFormat } = annotation;
    const seconds = rangeUtil.intervalToSeconds(step || '60s');
    const target = { refId: 'Annotation', legendFormat: titleFormat };
    const series = await frames(url, target, fill(expr, all), range, seconds);
    return series.flatMap(({ fields }) => regions(fields, seconds, annotation));
  }));
  return found.flat();
}

export function Annotations({ config, list }) {
  // The first render is the only one that may add a hook.
  useState(() => config.addHook('draw', (plot) => {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height + (MARK + LINE) * devicePixelRatio);
    ctx.clip();
    list.forEach((annotation) => draw(plot, annotation));
    ctx.restore();
  }));
  return null;
}

function draw(plot, { from, to, color }) {
  const { ctx, bbox: { top, height } } = plot;
  const [left, right] = [plot.valToPos(from, 'x', true), plot.valToPos(to, 'x', true)];
  const [bottom, mark] = [top + height, MARK * devicePixelRatio];
  ctx.strokeStyle = color;
  ctx.fillStyle = color;
  ctx.lineWidth = LINE * devicePixelRatio;
  ctx.setLineDash(DASH.map((length) => length * devicePixelRatio));
  ctx.beginPath();
  for (const x of to > from ? [left, right] : [left]) {
    ctx.moveTo(x, top);
    ctx.lineTo(x, bottom);
  }
  ctx.stroke();
  if (to > from) {
    ctx.fillRect(left, bottom, right - left, mark);
    ctx.fillStyle = colorManipulator.alpha(color, 0.1);
    ctx.fillRect(left, top, right - left, height);
  } else {
    ctx.beginPath();
    ctx.moveTo(left, bottom);
    ctx.lineTo(left - mark, bottom + mark);
    ctx.lineTo(left + mark, bottom + mark);
    ctx.fill();
  }
}
