// The values of the variables, and texts with variables.
import { labelValues } from './prometheus.js';

const escaped = (text) => text.replace(/[\\^$*+?.()|[\]{}]/g, '\\\\$&');
const pattern = (values) => (values.length === 1 ? escaped(values[0]) : `(${values.map(escaped).join('|')})`);

// For each variable: the text in its box, and the value in queries. `chosen` has lists of values by name.
export async function variables(dashboard, url, range, chosen) {
  const all = [];
  for (const { name, label, type, query, includeAll, multi, allValue } of dashboard.templating.list) {
    if (type === 'datasource') {
      all.push({ name, label, text: 'Prometheus', value: 'prometheus' });
      continue;
    }
    const [, selector, wanted] = /label_values\((.*), (\w+)\)/.exec(query.query);
    const options = await labelValues(url, fill(selector, all), wanted, range);
    const values = chosen[name] ?? (includeAll ? undefined : options.slice(0, 1));
    if (!values) {
      all.push({ name, label, text: 'All', value: allValue ?? pattern(options) });
    } else {
      all.push({ name, label, text: values.join(' + '), value: multi ? pattern(values) : values[0] ?? '' });
    }
  }
  return all;
}

export function fill(text, all, intervals = {}) {
  const values = { ...Object.fromEntries(all.map(({ name, value }) => [name, value])), ...intervals };
  return text.replace(/\$\{(\w+)(?::[^}]*)?\}|\$(\w+)/g, (whole, braced, bare) => values[braced ?? bare] ?? whole);
}
