// The text of a panel without data.
import { useTheme2 } from '@grafana/ui';

export function NoData({ panel }) {
  const theme = useTheme2();
  const style = {
    display: 'flex', alignItems: 'center', justifyContent: 'center', width: '100%', height: '100%',
    color: theme.colors.text.secondary, fontSize: theme.typography.h4.fontSize,
  };
  return <div style={style} data-empty={panel.title}>{panel.fieldConfig.defaults.noValue ?? 'No data'}</div>;
}
