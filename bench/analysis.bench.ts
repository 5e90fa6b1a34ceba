import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { gunzipSync } from 'node:zlib'
import { openAnalyzer, TokenBuffer } from '../core/analysis/text-analyzer.ts'

/**
 * Measures how many megabytes of text are tokenized per second and core: `npx tsx bench/analysis.bench.ts`.
 * Times are the CPU time of the process, so that other processes do not count. Cold is the first pass, including
 * vocabulary and compilation; warm is the best of five more passes.
 */
const DATA = process.env.PRISM_TEST_DATA ?? new URL('../../shared/data', import.meta.url).pathname

const CORPORA: readonly (readonly [path: string, language: string])[] = [
  ['ir/scifact/corpus.jsonl.gz', 'english'],
  ['ir/squad/corpus.jsonl.gz', 'english'],
  ['ir/xquad/en/corpus.jsonl.gz', 'english'],
  ['ir/xquad/de/corpus.jsonl.gz', 'german'],
  ['ir/xquad/es/corpus.jsonl.gz', 'spanish'],
  ['ir/xquad/ru/corpus.jsonl.gz', 'russian'],
  ['ir/xquad/ar/corpus.jsonl.gz', 'arabic'],
  ['ir/xquad/zh/corpus.jsonl.gz', 'chinese'],
]

console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}`)
console.log('corpus                      MB   tokens  distinct  cold MB/s  warm MB/s')
for (const [path, language] of CORPORA) {
  const texts = readTexts(`${DATA}/${path}`)
  const megabytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0) / 1e6
  const analyzer = await openAnalyzer(language)
  const into = new TokenBuffer()
  let tokens = 0
  const pass = () => {
    const start = process.cpuUsage()
    tokens = 0
    for (const text of texts) {
      analyzer.tokenize(text, into)
      tokens += into.count
    }
    const { user, system } = process.cpuUsage(start)
    return megabytes / ((user + system) / 1e6)
  }
  const cold = pass()
  const warm = Math.max(...Array.from({ length: 5 }, pass))
  console.log(
    path.replace('/corpus.jsonl.gz', '').padEnd(22),
    megabytes.toFixed(2).padStart(7),
    String(tokens).padStart(8),
    String(analyzer.vocabulary.size).padStart(9),
    cold.toFixed(1).padStart(10),
    warm.toFixed(1).padStart(10),
  )
}

function readTexts(path: string): string[] {
  const lines = gunzipSync(readFileSync(path)).toString('utf8').trimEnd().split('\n')
  return lines.map((line) => {
    const { title = '', text } = JSON.parse(line) as { title?: string; text: string }
    return `${title}\n${text}`
  })
}
