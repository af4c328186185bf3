// Draws the dashboard of `window.picture`: dashboard, theme, open, prometheus, scrape, from, to, chosen.
import { createRoot } from 'react-dom/client';
import { EventBusSrv, ThemeContext, createTheme, dateTime } from '@grafana/data';
import { initPluginTranslations } from '@grafana/i18n';
import { GlobalStyles, PanelContextProvider, PortalContainer } from '@grafana/ui';
import { annotations } from './annotations.jsx';
import { Dashboard } from './dashboard.jsx';
import { register } from './fields.js';
import { opened } from './rows.js';
import { variables } from './variables.js';

const FONTS = [[400, 'Regular'], [500, 'Medium']];

// The text of a canvas is drawn once, so the fonts must be loaded before.
async function loadFonts() {
  for (const [weight, name] of FONTS) {
    const font = new FontFace('Inter', `url(/public/fonts/inter/Inter-${name}.woff2)`, { weight });
    document.fonts.add(await font.load());
  }
}

async function main({ dashboard, theme: mode, open, prometheus: url, scrape, from, to, chosen }) {
  window.__grafana_public_path__ = '/public/';
  await initPluginTranslations('longshore-dashboard-pictures', []);
  register();
  await loadFonts();
  const theme = createTheme({ colors: { mode } });
  document.body.style.margin = 0;
  document.body.style.background = theme.colors.background.canvas;
  const [start, end] = [dateTime(from), dateTime(to)];
  const range = { from: start, to: end, raw: { from: start, to: end } };
  const all = await variables(dashboard, url, range, chosen);
  const scene = { url, range, scrape, all, annotations: await annotations(dashboard, url, range, all) };
  const context = { eventBus: new EventBusSrv(), sync: () => 0, onSplitOpen() {}, eventsScope: 'global' };
  createRoot(document.getElementById('root')).render(
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <PanelContextProvider value={context}>
        <Dashboard dashboard={open ? opened(dashboard) : dashboard} scene={scene} />
        <PortalContainer />
      </PanelContextProvider>
    </ThemeContext.Provider>);
}

main(window.picture).catch((problem) => {
  document.body.innerHTML = '<pre data-problem="page"></pre>';
  document.body.firstChild.textContent = problem.stack;
});
