// Copies fonts and icons to the paths where the styles of Grafana look for them.
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);
const folder = (name) => path.dirname(require.resolve(`${name}/package.json`));
const target = path.join(import.meta.dirname, 'public/public');
const font = (family, file) => path.join(folder(`@fontsource/${family}`), 'files', `${family}-latin-${file}.woff2`);

rmSync(target, { recursive: true, force: true });
for (const name of ['fonts/inter', 'fonts/roboto', 'build']) {
  mkdirSync(path.join(target, name), { recursive: true });
}
cpSync(path.join(folder('@grafana/ui'), 'dist/public/img'), path.join(target, 'build/img'), { recursive: true });
const INTER = { '400-normal': 'Regular', '500-normal': 'Medium', '400-italic': 'Italic', '500-italic': 'MediumItalic' };
for (const [file, name] of Object.entries(INTER)) {
  cpSync(font('inter', file), path.join(target, `fonts/inter/Inter-${name}.woff2`));
}
cpSync(font('roboto-mono', '400-normal'),
  path.join(target, 'fonts/roboto/L0xTDF4xlVMF-BfR8bXMIhJHg45mwgGEFl0_3vrtSM1J-gEPT5Ese6hmHSh0mQ.woff2'));
