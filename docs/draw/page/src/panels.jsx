// The visualizations: Grafana's components with the properties that Grafana's panels give them.
import { useEffect, useMemo, useState } from 'react';
import {
  FieldType, getDisplayValueAlignmentFactors, getFieldDisplayValues, renderTextPanelMarkdown,
} from '@grafana/data';
import { BigValue, TimeSeries, VizRepeater, useTheme2 } from '@grafana/ui';
import { TableNG } from '@grafana/ui/unstable';
import { Annotations } from './annotations.jsx';
import { load, useFields } from './data.js';
import { Heatmap } from './heatmap.jsx';
import { NoData } from './nodata.jsx';
import { fill } from './variables.js';

function Stat({ panel, data, scene, width, height }) {
  const theme = useTheme2();
  const fields = useFields(panel, data, scene);
  const { options } = panel;
  const getValues = () => getFieldDisplayValues({
    fieldConfig: fields.fieldConfig, reduceOptions: options.reduceOptions, replaceVariables: fields.replaceVariables,
    theme, data: fields.data, sparkline: options.graphMode !== 'none', timeZone: 'utc',
    percentChange: options.showPercentChange,
  });
  const renderValue = ({ value, width, height, alignmentFactors, orientation, count }) => (
    <BigValue value={value.display} count={count} colorMode={options.colorMode} graphMode={options.graphMode}
      sparkline={value.sparkline && { ...value.sparkline, timeRange: scene.range }} justifyMode={options.justifyMode}
      textMode={options.textMode} alignmentFactors={alignmentFactors} parentOrientation={orientation} width={width}
      height={height} theme={theme} wideLayout={options.wideLayout} />
  );
  return (
    <VizRepeater getValues={getValues} getAlignmentFactors={getDisplayValueAlignmentFactors} renderValue={renderValue}
      width={width} height={height} itemSpacing={3} source={fields.data} autoGrid renderCounter={0}
      orientation={options.orientation} />
  );
}

const finite = (field) => (field.type !== FieldType.number ? field : {
  ...field, values: field.values.map((value) => (Number.isFinite(value) ? value : null)),
});

function Graph({ panel, data, scene, width, height }) {
  const fields = useFields(panel, data, scene);
  const graphable = useMemo(
    () => fields.data.map((frame) => ({ ...frame, fields: frame.fields.map(finite) })), [fields.data]);
  if (!graphable.length) {
    return <NoData panel={panel} />;
  }
  return (
    <TimeSeries frames={graphable} structureRev={1} timeRange={scene.range} timeZone={['utc']} width={width}
      height={height} legend={panel.options.legend} options={panel.options}>
      {(config) => <Annotations config={config} list={scene.annotations} />}
    </TimeSeries>
  );
}

function Table({ panel, data, scene, width, height }) {
  const { data: [frame], fieldConfig } = useFields(panel, data, scene);
  if (!frame?.length) {
    return <NoData panel={panel} />;
  }
  const { showHeader, sortBy, cellHeight, frozenColumns } = panel.options;
  return (
    <TableNG data={frame} width={width} height={height} noHeader={!showHeader} resizable sortBy={sortBy}
      cellHeight={cellHeight} fieldConfig={fieldConfig} timeRange={scene.range} structureRev={1}
      frozenColumns={frozenColumns?.left} noValue={fieldConfig.defaults.noValue} />
  );
}

function Text({ panel, scene }) {
  const html = renderTextPanelMarkdown(fill(panel.options.content, scene.all));
  return (
    <div style={{ height: '100%', overflow: 'auto' }}>
      <div className="markdown-html" dangerouslySetInnerHTML={{ __html: html }} />
    </div>
  );
}

const KINDS = { stat: Stat, timeseries: Graph, table: Table, text: Text, heatmap: Heatmap };

export function Visualization({ panel, scene, width, height }) {
  const [{ data, problem }, setState] = useState({});
  useEffect(() => {
    const loaded = panel.targets ? load(panel, scene, width) : Promise.resolve([]);
    loaded.then((data) => setState({ data }), (problem) => setState({ problem }));
  }, [panel, scene, width]);
  const Kind = KINDS[panel.type];
  if (problem || !Kind) {
    return <div data-problem={panel.title}>{panel.title}: {String(problem ?? `no ${panel.type}`)}</div>;
  }
  if (!data) {
    return <div data-pending={panel.title} />;
  }
  return <Kind panel={panel} data={data} scene={scene} width={width} height={height} />;
}
