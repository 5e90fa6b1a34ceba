import { mkdtemp, readdir, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { SearchRequest } from '../core/contract/search-request.ts'
import { open, type Prism } from '../core/open/open.ts'
import { systemClock } from '../core/system-clock.ts'
import { splitSections } from './input/markdown-sections.ts'
import { formatBytes, formatDuration, formatThings } from './terminal/human-units.ts'
import { summarize } from './terminal/show-hits.ts'

type Section = {
  readonly id: string
  readonly package: string
  readonly path: string
  readonly heading: string
  readonly text: string
}

const SCHEMA = {
  fields: { heading: 'text', text: 'text', package: 'keyword', path: 'keyword' },
  default_fields: ['heading^2', 'text'],
} as const

const SEARCHES: readonly { readonly says: string; readonly request: SearchRequest }[] = [
  { says: 'words', request: { query: 'abort a request after a timeout' } },
  { says: 'a phrase, and words in any form', request: { query: '"pull request" AND (bug OR contribute) -licen*' } },
  {
    says: 'a prefix in headings, in some packages only',
    request: { query: 'heading:option*', filter: { package: ['lmdb', 'msgpackr', 'zod'] } },
  },
]

/** Indexes the Markdown of the installed packages and runs three searches. */
async function demo(): Promise<void> {
  const modules = fileURLToPath(new URL('../node_modules/', import.meta.url))
  const folder = await mkdtemp(join(tmpdir(), 'prism-demo-'))
  const prism = await open({ data: folder })
  try {
    await indexMarkdown(prism, modules)
    for (const one of SEARCHES) await show(prism, one)
  } finally {
    await prism.close()
  }
  console.log(`\nThe data stay in ${folder}. To go on:\n`)
  console.log(`  npm run -s prism -- search markdown 'unicode AND segment*' --data ${folder}`)
  console.log(`  npm run -s prism -- inspect markdown 0 --data ${folder}`)
  console.log(`  npm start -- --data ${folder}        then open http://127.0.0.1:3080/docs`)
}

async function indexMarkdown(prism: Prism, modules: string): Promise<void> {
  const sections = prism.collection<Section>('markdown')
  await sections.create({ schema: SCHEMA })
  const startedMs = systemClock.monotonic()
  const totals = { files: 0, bytes: 0, unreadable: [] as string[] }
  const { indexed, failed } = await sections.import(readSections(modules, totals))
  const durationMs = systemClock.monotonic() - startedMs
  const { segments, bytes } = await sections.info()
  const { files, unreadable } = totals
  console.log(
    `${formatThings(indexed, 'section')} of ${formatThings(files, 'Markdown file')} in node_modules (${formatBytes(totals.bytes)})`,
  )
  console.log(
    `indexed in ${formatDuration(durationMs)}, ${formatThings(segments, 'segment')}, ${formatBytes(bytes)} stored`,
  )
  if (unreadable.length > 0) console.log(`not read: ${unreadable.join(', ')}`)
  if (failed > 0) console.log(`${formatThings(failed, 'section')} failed`)
}

async function* readSections(
  modules: string,
  totals: { files: number; bytes: number; unreadable: string[] },
): AsyncGenerator<Section> {
  for (const entry of await readdir(modules, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.md$/i.test(entry.name)) continue
    const file = join(entry.parentPath, entry.name)
    const path = relative(modules, file)
    const bytes = await readFile(file).catch(() => undefined)
    if (bytes === undefined) {
      totals.unreadable.push(path)
      continue
    }
    totals.files++
    totals.bytes += bytes.length
    for (const [i, { heading, text }] of splitSections(bytes.toString('utf8')).entries()) {
      yield { id: `${path}#${i}`, package: packageOf(path), path, heading, text }
    }
  }
}

/** The innermost package that a file below node_modules belongs to. */
function packageOf(path: string): string {
  const [first = '', second = ''] = path.split('node_modules/').at(-1)!.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

async function show(prism: Prism, { says, request }: { says: string; request: SearchRequest }): Promise<void> {
  const answer = await prism.collection<Section>('markdown').search({ ...request, limit: 3 })
  const filter = request.filter === undefined ? '' : `  filter ${JSON.stringify(request.filter)}`
  console.log(`\n${says}: ${request.query as string}${filter}`)
  for (const [i, { score, document }] of answer.hits.entries()) {
    const heading = document.heading === '' ? dirname(document.path) : document.heading
    console.log(`  ${i + 1}. ${heading.slice(0, 60)}  (${document.path}, ${score?.toFixed(2)})`)
  }
  console.log(`  ${summarize(answer)}`)
}

await demo()
