import { defineConfig } from 'vite'

export default defineConfig({
  base: './',
  build: { target: 'es2022', sourcemap: true, assetsInlineLimit: 0, modulePreload: { polyfill: false } },
})
