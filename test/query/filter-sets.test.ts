import { expect, test } from 'vitest'
import { filterSet } from '../../core/query/filter/document-set.ts'
import { simplifyFilter } from '../../core/query/filter/simplify-filter.ts'
import type { Filter } from '../../core/query/language/clause.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import { openSegment, segmentKey } from '../../core/segment/read/open-segment.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { CachedObjectStore } from '../../core/storage/cached-object-store.ts'
import { MemoryObjectStore } from '../../core/storage/memory-object-store.ts'
import { RangeCache } from '../../core/storage/range-cache.ts'
import { systemClock } from '../../core/system-clock.ts'
import { encodeUtf8 } from '../../core/utf8.ts'
import { build, FIELDS, loadAnalyzers, SCHEMA } from '../segment/generate-documents.ts'

const analyzers = await loadAnalyzers()
const [TITLE, BODY, KIND, TAG, YEAR] = [0, 1, 2, 3, 4] as const
const DOCUMENTS = 300

const has = { title: (i: number) => i % 2 === 0, body: (i: number) => i % 3 === 0 }
const documents = Array.from({ length: DOCUMENTS }, (_, i): IndexableDocument => {
  const fields = [
    ...(has.title(i) ? [{ field: FIELDS[TITLE]!, values: [`title ${i % 5}`] }] : []),
    ...(has.body(i) ? [{ field: FIELDS[BODY]!, values: ['body'] }] : []),
    { field: FIELDS[KIND]!, values: [`kind${i % 4}`] },
    { field: FIELDS[TAG]!, values: [`tag${i % 7}`, 'all', ...(i === 5 ? ['\ufffdmark'] : [])] },
    { field: FIELDS[YEAR]!, values: [1900 + (i % 50)] },
  ]
  return { id: idOf(i), json: encodeUtf8('{}'), fields }
})

const CASES: readonly (readonly [Filter, (i: number) => boolean])[] = [
  [{ kind: 'exists', field: TITLE }, has.title],
  [{ kind: 'exists', field: BODY }, has.body],
  [{ kind: 'exists', field: YEAR }, () => true],
  [{ kind: 'in', field: KIND, values: ['kind1', 'kind3', 'none'] }, (i) => i % 2 === 1],
  [{ kind: 'in', field: YEAR, values: [1903] }, (i) => i % 50 === 3],
  [{ kind: 'contains_all', field: TAG, values: ['all', 'tag2'] }, (i) => i % 7 === 2],
  [{ kind: 'contains_all', field: TAG, values: ['tag2', 'tag2'] }, (i) => i % 7 === 2],
  [{ kind: 'contains_all', field: TAG, values: ['tag2', 'tag3'] }, () => false],
  [{ kind: 'contains_all', field: TAG, values: ['all', 'none'] }, () => false],
  [{ kind: 'contains_all', field: YEAR, values: [1903, 1903] }, (i) => i % 50 === 3],
  [{ kind: 'contains_all', field: YEAR, values: [1903, 1904] }, () => false],
  [{ kind: 'contains_all', field: TAG, values: [] }, () => true],
  [{ kind: 'range', field: YEAR, bounds: { gte: 1910, lt: 1920 } }, (i) => i % 50 >= 10 && i % 50 < 20],
  [{ kind: 'range', field: KIND, bounds: { gt: 'kind0', lte: 'kind2' } }, (i) => [1, 2].includes(i % 4)],
  [{ kind: 'prefix', field: TAG, prefix: 'tag' }, () => true],
  [{ kind: 'prefix', field: TAG, prefix: 'tag3' }, (i) => i % 7 === 3],
  [{ kind: 'prefix', field: TAG, prefix: '\ufffd' }, (i) => i === 5],
  // Half of a character is stored as U+FFFD and is the beginning of no string.
  [{ kind: 'prefix', field: TAG, prefix: '\ud83dm' }, () => false],
  [{ kind: 'prefix', field: TITLE, prefix: 'title 3' }, (i) => has.title(i) && i % 5 === 3],
  [{ kind: 'ids', ids: [idOf(7), idOf(8), 'none'] }, (i) => i === 7 || i === 8],
  [{ kind: 'not', filter: { kind: 'exists', field: TITLE } }, (i) => !has.title(i)],
  [{ kind: 'and', filters: [] }, () => true],
  [{ kind: 'or', filters: [] }, () => false],
  [both('and'), (i) => has.title(i) && i % 4 === 2],
  [both('or'), (i) => has.title(i) || i % 4 === 2],
]

test('a filter accepts the documents that its definition says, in a set that the caller may change', async () => {
  const { bytes, file } = build(documents, analyzers)
  const base = new MemoryObjectStore(systemClock)
  await base.put(segmentKey('p/', file), bytes)
  const store = new CachedObjectStore(base, new RangeCache(1 << 24), () => true)
  const io = { reader: await openSegment(store, 'p/', file), schema: SCHEMA }

  // Twice, so that the second run meets the caches of the first.
  for (const round of [1, 2]) {
    for (const [filter, accepts] of CASES) {
      const set = await carryOut(store, filterSet(io, simplifyFilter(filter, SCHEMA)))
      const found = documents.flatMap((_, i) => ((set[i >>> 5]! >>> (i & 31)) & 1 ? [i] : []))
      expect(found, `${JSON.stringify(filter)}, round ${round}`).toEqual([...documents.keys()].filter(accepts))
      set.fill(0)
    }
  }
})

function both(kind: 'and' | 'or'): Filter {
  return {
    kind,
    filters: [
      { kind: 'exists', field: TITLE },
      { kind: 'in', field: KIND, values: ['kind2'] },
    ],
  }
}

function idOf(i: number): string {
  return `doc-${String(i).padStart(4, '0')}`
}
