/** An error in a JSON text; `offset` counts UTF-16 units from its start. */
export type JsonProblem = { readonly offset: number; readonly message: string }

const WHITE_SPACE = /[\t\n\r ]*/y
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y
const WORD = /true|false|null/y

/** Up to this magnitude a double represents every integer exactly. */
const INTEGER_MAX = 2n ** 53n

/**
 * Finds the first place where a text is not JSON (RFC 8259), or has a number that does not fit a double: one that
 * overflows, or an integer beyond 2^53. Slow: meant for texts that are probably bad.
 */
export function findJsonProblem(text: string): JsonProblem | undefined {
  /** The closing brackets of the open objects and lists. */
  const open: ('}' | ']')[] = []
  let at = skip(WHITE_SPACE, text, 0)
  let expecting: 'value' | 'value or ]' | 'name' | 'name or }' | 'end' = 'value'
  while (true) {
    const character = text[at]
    if (expecting === 'end') {
      const close = open.at(-1)
      if (close === undefined) return character === undefined ? undefined : problem(text, at, 'the end')
      if (character === close) {
        open.pop()
        at++
      } else if (character === ',') {
        at++
        expecting = close === '}' ? 'name' : 'value'
      } else return problem(text, at, `"," or ${JSON.stringify(close)}`)
    } else if (expecting === 'name' || expecting === 'name or }') {
      if (expecting === 'name or }' && character === '}') {
        open.pop()
        at++
        expecting = 'end'
      } else {
        if (character !== '"') return problem(text, at, `a ${expecting.replace('name', 'name in double quotes')}`)
        const end = scanString(text, at)
        if (typeof end !== 'number') return end
        at = skip(WHITE_SPACE, text, end)
        if (text[at] !== ':') return problem(text, at, '":"')
        at++
        expecting = 'value'
      }
    } else if (expecting === 'value or ]' && character === ']') {
      open.pop()
      at++
      expecting = 'end'
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? '}' : ']')
      expecting = character === '{' ? 'name or }' : 'value or ]'
      at++
    } else {
      const scalar = scanScalar(text, at)
      if (typeof scalar !== 'number') return scalar
      at = scalar
      expecting = 'end'
    }
    at = skip(WHITE_SPACE, text, at)
  }
}

/** @returns the end of the string, number or word, or its problem */
function scanScalar(text: string, at: number): number | JsonProblem {
  if (text[at] === '"') return scanString(text, at)
  NUMBER.lastIndex = at
  const number = NUMBER.exec(text)
  if (number !== null) {
    const [literal, fraction, exponent] = number
    const shown = literal.length > 60 ? `${literal.slice(0, 60)}…` : literal
    if (!Number.isFinite(Number(literal)))
      return { offset: at, message: `the number ${shown} is too large for a double` }
    if (fraction === undefined && exponent === undefined && literal.length >= 16) {
      const magnitude = BigInt(literal[0] === '-' ? literal.slice(1) : literal)
      if (magnitude > INTEGER_MAX) {
        return {
          offset: at,
          message: `the integer ${shown} is beyond 2^53, where doubles have gaps; write it as a string`,
        }
      }
    }
    return at + literal.length
  }
  const end = skip(WORD, text, at)
  return end === at ? problem(text, at, 'a value') : end
}

/** @returns the end of the string that begins at `at`, or its problem */
function scanString(text: string, at: number): number | JsonProblem {
  let i = at + 1
  while (i < text.length) {
    const unit = text.charCodeAt(i)
    if (unit === 0x22) return i + 1
    if (unit < 0x20)
      return { offset: i, message: `control character U+${unit.toString(16).padStart(4, '0')} in a string` }
    if (unit !== 0x5c) {
      i++
      continue
    }
    const end = skip(ESCAPE, text, i)
    if (end === i) return { offset: i, message: `bad escape ${JSON.stringify(text.slice(i, i + 2))} in a string` }
    i = end
  }
  return { offset: text.length, message: `the string that began at character ${at} does not end` }
}

function problem(text: string, offset: number, expected: string): JsonProblem {
  const point = text.codePointAt(offset)
  const found = point === undefined ? 'the end' : JSON.stringify(String.fromCodePoint(point))
  return { offset, message: `expected ${expected}, found ${found}` }
}

/** The end of a sticky pattern's match at `at`, or `at` itself without a match. */
function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}
