import fc from 'fast-check'
import { expect, test } from 'vitest'
import { WHOLE_VALUE_WORDS_MAX, wholeValueName } from '../../core/dictionary/whole-values.ts'
import { carryOut } from '../../core/segment/format/read-plan.ts'
import type { IndexableDocument } from '../../core/segment/write/build-segment.ts'
import { FIELDS, loadAnalyzers, open } from './generate-documents.ts'
import { decodeBlock } from './read-everything.ts'

const analyzers = await loadAnalyzers()
const TITLE = 0
/** Words that differ only in case, accents or stem, and stop words. */
const word = fc.constantFrom('the', 'The', 'wing', 'Wings', 'wings', 'naïve', 'naive', 'of', '42', '北京')
const value = fc.array(word, { maxLength: WHOLE_VALUE_WORDS_MAX + 2 }).map((words) => words.join(' '))
const titles = fc.array(fc.array(value, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 30 })

test('the documents of a whole value are exactly those with a value of these words alone', async () => {
  await fc.assert(
    fc.asyncProperty(titles, async (all) => {
      const documents = all.map((values, i): IndexableDocument => {
        const id = String(i).padStart(3, '0')
        return { id, fields: [{ field: FIELDS[TITLE]!, values }], json: Buffer.from(`{"id":"${id}"}`) }
      })
      const { store, reader } = await open(documents, analyzers)
      const formsOf = (text: string) =>
        analyzers
          .get('english')
          .analyze(text)
          .map(({ form }) => form)
      const expected = new Map<string, number[]>()
      for (const [doc, values] of all.entries()) {
        for (const forms of new Set(values.map((text) => formsOf(text).join(' ')))) {
          expected.set(forms, [...(expected.get(forms) ?? []), doc])
        }
      }
      for (const [forms, docs] of expected) {
        const term = wholeValueName(forms === '' ? [] : forms.split(' '))
        const isShort = forms !== '' && forms.split(' ').length <= WHOLE_VALUE_WORDS_MAX
        expect(term !== undefined).toBe(isShort)
        if (term === undefined) continue
        const [lists] = await carryOut(store, reader.terms.lists([{ field: TITLE, lane: 'whole', term }], 'postings'))
        expect([...decodeBlock(lists!.list, 0).docs]).toEqual(docs)
      }
      const distinct = [...expected.keys()].filter((forms) => wholeValueName(forms === '' ? [] : forms.split(' ')))
      expect(reader.terms.laneSize(TITLE, 'whole')).toBe(distinct.length)
    }),
    { numRuns: 100 },
  )
})

test('the name of a whole value takes six bytes, whatever the words', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 16 }), (forms) => {
      expect(Buffer.byteLength(wholeValueName(forms)!)).toBe(6)
    }),
  )
  expect(wholeValueName(['ab', 'c'])).not.toBe(wholeValueName(['a', 'bc']))
})
