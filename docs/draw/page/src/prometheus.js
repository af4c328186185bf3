// Sends the queries that Grafana sends to Prometheus, and returns the data frames of its Prometheus data source.
import { FieldType, createDataFrame, rangeUtil } from '@grafana/data';

const INFINITIES = { '+Inf': Infinity, '-Inf': -Infinity };
const numberOf = (text) => INFINITIES[text] ?? Number(text);

async function ask(url, path, parameters) {
  const response = await fetch(`${url}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) });
  const answer = await response.json();
  if (answer.status !== 'success') {
    throw new Error(`${answer.error}: ${JSON.stringify(parameters)}`);
  }
  return answer.data;
}

export async function labelValues(url, selector, label, range) {
  const parameters = new URLSearchParams({
    'match[]': selector, start: range.from.valueOf() / 1000, end: range.to.valueOf() / 1000,
  });
  const response = await fetch(`${url}/api/v1/label/${label}/values?${parameters}`);
  return (await response.json()).data.sort();
}

function legend(format, labels) {
  if (!format || format === '__auto') {
    const pairs = Object.entries(labels).filter(([name]) => name !== '__name__');
    return `${labels.__name__ ?? ''}{${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
  }
  return format.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name) => labels[name] ?? '');
}

// As many points as pixels, but not more than scrapes. A rate needs the increase between four scrapes.
export function intervals(range, points, scrape) {
  const { intervalMs } = rangeUtil.calculateInterval(range, Math.max(1, Math.floor(points)), `${scrape}s`);
  const step = Math.max(1, Math.round(intervalMs / 1000));
  return { step, rate: Math.max(step + scrape, 4 * scrape) };
}

export async function frames(url, target, expr, range, step) {
  const end = Math.floor(range.to.valueOf() / 1000);
  if (target.instant) {
    const { result } = await ask(url, 'query', { query: expr, time: end });
    return result.map(({ metric, value }) => frame(target, metric, [value], {}));
  }
  const aligned = (seconds) => Math.floor(seconds / step) * step;
  const start = aligned(range.from.valueOf() / 1000);
  const { result } = await ask(url, 'query_range', { query: expr, start, end: aligned(end), step });
  return result.map(({ metric, values }) => frame(target, metric, values, { interval: step * 1000 }));
}

function frame(target, labels, points, config) {
  const values = points.map(([, text]) => numberOf(text));
  const displayNameFromDS = legend(target.legendFormat, labels);
  return createDataFrame({
    refId: target.refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: points.map(([time]) => time * 1000), config },
      { name: 'Value', type: FieldType.number, values, labels, config: { displayNameFromDS } },
    ],
  });
}

// The format "table": a row for each series, with its labels as columns.
export function tableOf(series, refId, isOnly) {
  const names = [...new Set(series.flatMap((one) => Object.keys(one.fields[1].labels)))].sort();
  const column = (name) => series.map((one) => one.fields[1].labels[name] ?? '');
  const first = (index) => series.map((one) => one.fields[index].values[0]);
  return createDataFrame({
    refId,
    fields: [
      { name: 'Time', type: FieldType.time, values: first(0), config: {} },
      ...names.map((name) => ({ name, type: FieldType.string, values: column(name), config: { filterable: true } })),
      { name: isOnly ? 'Value' : `Value #${refId}`, type: FieldType.number, values: first(1), config: {} },
    ],
  });
}
