import { expect, test } from 'vitest'
import { MemoryCoordination } from '../../core/coordination/memory-coordination.ts'
import type { Part } from '../../core/query/score/part.ts'
import { allRead, whenRead } from '../../core/segment/format/read-plan.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { systemClock } from '../../core/system-clock.ts'
import { openMemoryEngine, openMemoryLeaves } from './memory-engine.ts'

type Longest = { readonly words: number; readonly id: string }

/** The matching document whose text has the most words; ties go to the smallest id. */
const longestDocument: Part<{ lengths: Uint32Array; ids: readonly string[] }, Longest> = {
  name: 'longest_document',
  isRequested: ({ explain }) => explain === true,
  plan({ reader, schema }) {
    const { number } = schema.fields.find(({ name }) => name === 'text')!
    const all = Array.from({ length: reader.docCount }, (_, doc) => doc)
    const read = allRead<[Uint32Array, string[]]>([reader.columns.lengths(number), reader.ids.read(all)])
    return whenRead(read, ([lengths, ids]) => ({ lengths, ids }))
  },
  begin(_source, { lengths, ids }) {
    let longest = this.empty
    return {
      collect: (base, matches) => {
        for (let d = 0; d < 32 * matches.length; d++) {
          if (((matches[d >>> 5]! >>> (d & 31)) & 1) === 0) continue
          longest = this.merge(longest, { words: lengths[base + d]! - 1, id: ids[base + d]! })
        }
      },
      end: () => longest,
    }
  },
  empty: { words: 0, id: '' },
  merge(a, b) {
    if (a.words !== b.words) return a.words > b.words ? a : b
    return a.id !== '' && (b.id === '' || a.id < b.id) ? a : b
  },
  encode: (partial) => partial,
  decode: (encoded) => encoded as Longest,
  finish: ({ words, id }) => (id === '' ? null : { id, words }),
}
const parts = [longestDocument] as unknown as readonly Part[]

const documents = Array.from({ length: 6_000 }, (_, i) => ({
  id: `b${String(i).padStart(5, '0')}`,
  year: 1900 + (i % 50),
  text: Array.from({ length: 1 + ((i * 7919) % 37) }, (_, k) => ['sea', 'wind', 'sail', 'rope'][(i + k * 3) % 4]).join(
    ' ',
  ),
}))

test('an added section of the answer does not depend on how the data are divided', async () => {
  for (const [shards, where] of [
    [1, 'here'],
    [4, 'here'],
    [4, 'leaves'],
  ] as const) {
    const places = { store: new MemoryObjectStore(systemClock), coordination: new MemoryCoordination() }
    const writer = openMemoryEngine(places)
    await writer.createCollection('books', { shards })
    for (let i = 0; i < documents.length; i += 1_500)
      await writer.writeDocuments('books', documents.slice(i, i + 1_500))
    await writer.deleteDocuments('books', { ids: [longestOf(() => true).id] })
    const engine = openMemoryEngine({
      ...places,
      parts,
      ...(where === 'leaves' && {
        leaves: openMemoryLeaves(places.store, 3, parts),
        fanOut: { mode: 'always' as const },
      }),
    })

    const deleted = longestOf(() => true).id
    const cases = [
      [{ query: 'sea' }, ({ text }: Book) => text.includes('sea')],
      [{ query: 'sea AND wind', total: false }, ({ text }: Book) => text.includes('sea') && text.includes('wind')],
      [
        { query: 'rope', filter: { year: { lt: 1910 } }, limit: 1 },
        ({ text, year }: Book) => text.includes('rope') && year < 1910,
      ],
      [{ query: 'rope sail', sort: ['-year'] }, ({ text }: Book) => /rope|sail/.test(text)],
      [{}, () => true],
    ] as const
    for (const [request, accepts] of cases) {
      const answer = await engine.search('books', { ...request, explain: true })
      const expected = longestOf((book) => book.id !== deleted && accepts(book))
      expect(answer, `${JSON.stringify(request)}, ${shards} shards, ${where}`).toMatchObject({
        longest_document: expected,
      })
    }
    expect(await engine.search('books', { query: 'nothing', explain: true })).toMatchObject({ longest_document: null })
    expect(await engine.search('books', { query: 'sea' })).not.toHaveProperty('longest_document')
    await engine.close()
    await writer.close()
  }
})

type Book = (typeof documents)[number]

function longestOf(accepts: (book: Book) => boolean): Longest {
  const wordsOf = ({ text }: Book) => text.split(' ').length
  const [first] = documents.filter(accepts).sort((a, b) => wordsOf(b) - wordsOf(a) || (a.id < b.id ? -1 : 1))
  return { id: first!.id, words: wordsOf(first!) }
}
