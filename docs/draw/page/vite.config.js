import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  plugins: [react()],
  define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
  // Minifying takes longer than drawing, and the page is not published.
  build: { minify: false, target: 'esnext', chunkSizeWarningLimit: 100000, reportCompressedSize: false },
  // Two copies of these packages would not know each other's registries.
  resolve: { dedupe: ['react', 'react-dom', '@grafana/data', '@grafana/schema', 'uplot', 'rxjs'] },
});
