import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';
import { assemblyScript } from './e2e/tools/assemblyscript.ts';

/** The page's own policy (index.html) forbids inline scripts, which live reload needs. */
function withoutContentSecurityPolicy(): Plugin {
  return {
    name: 'without-content-security-policy',
    apply: 'serve',
    transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
  };
}

export default defineConfig({
  // The build works from any folder of any host.
  base: './',
  plugins: [react(), assemblyScript(), withoutContentSecurityPolicy()],
  // Monaco is the largest chunk by far, and loaded only after the page shows.
  build: { target: 'es2023', chunkSizeWarningLimit: 4096 },
  worker: { format: 'es', plugins: () => [assemblyScript()] },
  preview: {
    headers: {
      'Content-Security-Policy': "frame-ancestors 'none'",
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
    },
  },
});
