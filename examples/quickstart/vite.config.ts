import { defineConfig } from 'vite'

export default defineConfig({
  // Relative addresses: the built folder works under any path.
  base: './',
  build: {
    target: 'es2022',
    sourcemap: true,
    // Every asset stays a file, so that the page needs neither `data:` nor inline code in its Content-Security-Policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: {
    // `vite` alone serves the page; signaling comes from the server of `npm start` in the root.
    proxy: { '/signal': { target: 'http://127.0.0.1:8080', ws: true }, '/ice': 'http://127.0.0.1:8080' },
  },
})
