import { createHash } from 'node:crypto'
import { DOCS_SCRIPT } from './docs-script.ts'
import { DOCS_STYLE } from './docs-style.ts'

/** A page that shows `/openapi.json` and sends requests. Whole in itself: it works without a network. */
export const DOCS_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Prism HTTP API</title>
<link rel="icon" href="data:,">
<style>${DOCS_STYLE}</style>
</head>
<body>
<header>
  <h1>Prism</h1>
  <p id="about">HTTP API</p>
  <a href="/openapi.json">openapi.json</a>
</header>
<div id="columns">
  <nav aria-label="Routes"></nav>
  <main><p>Reading <a href="/openapi.json">openapi.json</a> …</p></main>
</div>
<noscript>This page needs JavaScript. The same is in <a href="/openapi.json">openapi.json</a>.</noscript>
<script>${DOCS_SCRIPT}</script>
</body>
</html>
`

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`
}

/** Nothing but the page's own script runs, and it speaks to this server only: answers may hold anything. */
export const DOCS_HEADERS = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `script-src ${sourceHash(DOCS_SCRIPT)}`,
    `style-src ${sourceHash(DOCS_STYLE)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}
