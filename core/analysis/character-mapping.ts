/** Maps a code point to another code point or to a string; absent code points stay unchanged. */
export type CharacterMapping = ReadonlyMap<number, number | string>

/** Maps `char`, one code point. */
export function mapCharacter(mapping: CharacterMapping, char: string): string {
  const target = mapping.get(char.codePointAt(0)!) ?? char
  return typeof target === 'number' ? String.fromCodePoint(target) : target
}

/**
 * Unpacks a mapping of unicode-tables.ts. An entry is `gap *count ~stride` and then `+distance`, `-distance` or
 * `=code.points`. The gap counts from the start of the previous entry, and all numbers are in base 36.
 */
export function unpackMapping(packed: string): CharacterMapping {
  const mapping = new Map<number, number | string>()
  let start = 0
  for (const [, gap, count, stride, kind, target] of packed.matchAll(ENTRY)) {
    start += Number.parseInt(gap!, 36)
    const points = count === undefined ? 1 : Number.parseInt(count, 36)
    const step = stride === undefined ? 1 : 2
    const literal = kind === '=' ? parseLiteral(target!) : undefined
    const distance = kind === '=' ? 0 : Number.parseInt(`${kind}${target}`, 36)
    for (let k = 0, point = start; k < points; k++, point += step) {
      mapping.set(point, literal ?? point + distance)
    }
  }
  return mapping
}

/** Unpacks the composites of pairs of code points, by {@link pairKey}. */
export function unpackCompositions(packed: string): ReadonlyMap<number, number> {
  const composites = new Map<number, number>()
  let composite = 0
  for (const entry of packed.split(' ')) {
    const [gap, first, second] = entry.split('.').map((number) => Number.parseInt(number, 36))
    composite += gap!
    composites.set(pairKey(first!, second!), composite)
  }
  return composites
}

export function pairKey(first: number, second: number): number {
  return first * 0x20_0000 + second
}

const ENTRY = /([0-9a-z]+)(?:\*([0-9a-z]+))?(~2)?([-+=])([0-9a-z.]*)/g

function parseLiteral(target: string): string {
  if (target === '') return ''
  return String.fromCodePoint(...target.split('.').map((number) => Number.parseInt(number, 36)))
}
