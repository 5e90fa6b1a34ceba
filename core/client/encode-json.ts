import { systemRandom } from '../system-random.ts'

/** Up to this magnitude a double represents every integer exactly. */
const INTEGER_MAX = 2 ** 53

/** A long integer where JSON has numbers. It may still be a part of a text. */
const LONG_INTEGER = /[:[,]-?\d{16,}[,}\]]/

/**
 * Encodes an object as JSON. Writes large integers with an exponent, because a server refuses integers beyond 2^53 as they
 * may have lost digits on their way; these have not.
 */
export function encodeJson(value: object): string {
  const text = JSON.stringify(value)
  if (!LONG_INTEGER.test(text)) return text
  // JSON.stringify writes numbers in its own form only. The mark is a name that no text has.
  const mark = systemRandom.name()
  const marked = JSON.stringify(value, (_, inner) => (isLarge(inner) ? `${mark}${inner.toExponential()}` : inner))
  return marked.replaceAll(new RegExp(`"${mark}([^"]+)"`, 'g'), '$1')
}

function isLarge(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) > INTEGER_MAX
}
