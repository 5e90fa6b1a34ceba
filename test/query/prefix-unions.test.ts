import fc from 'fast-check'
import { expect, test } from 'vitest'
import { PrefixUnions, prefixUnionName, UNION_DOCS_MIN, UNION_FORMS_MIN } from '../../core/dictionary/prefix-unions.ts'
import { clauseSets } from '../../core/query/filter/clause-sets.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import type { TermReader } from '../../core/segment/read/term-reader.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { FIELDS, loadAnalyzers, open, SCHEMA } from '../segment/generate-documents.ts'

const analyzers = await loadAnalyzers()
const BODY = 1
/** Few first letters, so that many words begin with some of them. */
const word = fc
  .tuple(fc.constantFrom('1', '2', 'ж'), fc.constantFrom('', '3', '4'), fc.nat(99))
  .map(([first, second, rest]) => `${first}${second}${rest}x`)
const bodies = fc.array(fc.array(word, { minLength: 20, maxLength: 40 }), { minLength: 10, maxLength: 20 })

test('a prefix finds the same documents by its union as by scanning words', async () => {
  let unions = 0
  await fc.assert(
    fc.asyncProperty(bodies, async (all) => {
      const { store, reader } = await open(amongMany(all), analyzers)
      const io = { reader, schema: SCHEMA }
      const without = { reader: Object.assign(Object.create(reader), { terms: blind(reader.terms) }), schema: SCHEMA }
      unions += reader.terms.laneSize(BODY, 'prefix')
      for (const prefix of ['1', '13', '2', '24', 'ж', 'ж3', '1x', 'z', '131']) {
        const clause = {
          kind: 'pattern',
          field: BODY,
          lane: 'text',
          pattern: { kind: 'prefix', prefix },
          boost: 1,
        } as const
        const found = await carryOut(store, clauseSets(io, [clause]))
        expect(found).toEqual(await carryOut(store, clauseSets(without, [clause])))
        const term = prefixUnionName(prefix) ?? prefix
        const [union] = await carryOut(store, reader.terms.lookup([{ field: BODY, lane: 'prefix', term }]))
        const forms = formsOf(all).filter((form) => form.startsWith(prefix))
        expect(union !== undefined).toBe(forms.length >= UNION_FORMS_MIN && prefixUnionName(prefix) !== undefined)
      }
    }),
    { numRuns: 8, endOnFailure: true },
  )
  expect(unions).toBeGreaterThan(16)
})

test('unions are of one or two letters of any number of bytes', () => {
  const written: [string, number][] = []
  const writer = {
    write: (name: Uint8Array, _: object, { count }: { count: number }) =>
      written.push([Buffer.from(name).toString(), count]),
  }
  const unions = new PrefixUnions(writer as never, 200)
  const forms = ['a', ...Array.from({ length: 70 }, (_, i) => `aé${String(i).padStart(2, '0')}`), 'b']
  for (const [doc, form] of forms.entries()) {
    unions.begin(Buffer.from(form))
    unions.add(doc)
  }
  unions.finish()
  expect(written).toEqual([
    [prefixUnionName('aé'), 70],
    [prefixUnionName('a'), 71],
  ])
})

function formsOf(bodies: readonly (readonly string[])[]): string[] {
  const tokens = analyzers.get('english').analyze(bodies.flat().join(' '))
  return [...new Set(tokens.map(({ form }) => form))]
}

/** Enough documents for a segment to store unions; the first ones have these words. */
function amongMany(bodies: readonly (readonly string[])[]): IndexableDocument[] {
  return Array.from({ length: UNION_DOCS_MIN }, (_, i) => {
    const id = String(i).padStart(5, '0')
    const body = bodies[i]
    const fields = body === undefined ? [] : [{ field: FIELDS[BODY]!, values: [body.join(' ')] }]
    return { id, fields, json: Buffer.from(`{"id":"${id}"}`) }
  })
}

/** A reader that has no unions. */
function blind(terms: TermReader): TermReader {
  const blinded = new Proxy(terms, {
    get: (_, name) => {
      if (name === 'laneSize') return () => 0
      const member = terms[name as keyof TermReader] as unknown
      return typeof member === 'function' ? member.bind(terms) : member
    },
  })
  return blinded
}
