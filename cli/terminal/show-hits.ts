import type { Hit, SearchAnswer } from '../../core/contract/search-request.ts'
import { formatBytes, formatThings } from './human-units.ts'
import type { Paint } from './paint.ts'

export type HitStyle = { readonly paint: Paint; readonly width: number; readonly offset: number }

/** Fields that serve as a title, in order of preference. */
const TITLE_FIELDS = ['title', 'name', 'heading', 'headline', 'subject']
/** Lines of fields under a hit. */
const FIELDS_SHOWN_MAX = 4

/** Formats an answer for people: the hits, then their number and the cost. */
export function showAnswer(answer: SearchAnswer, style: HitStyle): string {
  const hits = answer.hits.map((hit, i) => `${showHit(hit, style.offset + i + 1, style)}\n`)
  return [...hits, `${style.paint.dim(summarize(answer))}\n`].join('')
}

/** `812 hits in 2.4 ms (3 requests, 81 kB, $0.0000013)`. */
export function summarize({ total, total_relation, took_ms, cost, shards }: SearchAnswer): string {
  const atLeast = total_relation === 'gte' ? 'at least ' : ''
  const dollars = cost.usd === 0 ? '' : `, $${cost.usd.toFixed(10).replace(/0+$/, '')}`
  const missing = shards.failed === 0 ? '' : `; ${shards.failed} of ${shards.total} shards did not answer`
  const requests = `${formatThings(cost.gets, 'request')}, ${formatBytes(cost.bytes)}${dollars}`
  return `${atLeast}${formatThings(total ?? 0, 'hit')} in ${took_ms.toFixed(1)} ms (${requests})${missing}`
}

function showHit({ id, score, document }: Hit, rank: number, { paint, width }: HitStyle): string {
  const titleField = TITLE_FIELDS.find((name) => typeof document[name] === 'string' && document[name] !== '')
  const title = titleField === undefined ? id : String(document[titleField])
  const facts = [
    ...(score === null ? [] : [score.toFixed(2)]),
    ...(titleField === undefined ? [] : [printable(id)]),
  ].join('  ')
  const fields = Object.entries(document).filter(
    ([name, value]) => name !== 'id' && name !== titleField && value !== null,
  )
  const lines = fields.slice(0, FIELDS_SHOWN_MAX).map(([name, value]) => {
    const text = printable(typeof value === 'string' ? value : JSON.stringify(value))
    return `   ${paint.dim(`${printable(name)}:`)} ${shorten(text, width - name.length - 6)}`
  })
  return [`${rank}. ${paint.bold(shorten(printable(title), width - 30))}  ${paint.dim(facts)}`, ...lines].join('\n')
}

/** One line without control characters, so that a document cannot control the terminal. */
function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim()
}

function shorten(text: string, width: number): string {
  const room = Math.max(width, 20)
  return text.length <= room ? text : `${text.slice(0, room - 1).trimEnd()}…`
}
