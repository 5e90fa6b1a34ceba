import { expect, test } from 'vitest'
import { AnalyzerPool } from '../../core/analysis/analyzer-pool.ts'
import { LANGUAGES } from '../../core/analysis/languages.ts'
import { openAnalyzer } from '../../core/analysis/text-analyzer.ts'
import { InvalidRequestError } from '../../core/errors.ts'

test('an unknown language is refused, and the error lists the known ones', async () => {
  const opening = openAnalyzer('klingon')

  await expect(opening).rejects.toThrow(InvalidRequestError)
  await expect(opening).rejects.toMatchObject({ code: 'unknown_language' })
  await expect(opening).rejects.toThrow(/"klingon".*none, arabic.*ukrainian/)
})

test.each(LANGUAGES)(
  '%s: analysis of odd words neither throws, nor loses a word, nor exceeds the length bound',
  async (language) => {
    const analyzer = await openAnalyzer(language)
    const alphabets = [
      'abcdefghijklmnopqrstuvwxyzçğıöşüßæøåéèêëàâîïôûñ',
      'абвгдежзийклмнопрстуфхцчшщъыьэюяієїґ',
      'αβγδεζηθικλμνξοπρστυφχψωάέήίόύώς',
    ]
    alphabets.push(
      'ابتثجحخدذرزسشصضطظعغفقكلمنهوي',
      'கசடதபறயரலவழளஙஞணநமனாிீுூெேைொோௌ்',
      'अआइईउऊकखगघचछजझटठडढणतथदधनपफबभमयरलवशषसहािीुूेैोौंः',
      'աբգդեզէըթժիլխծկհձղճմյնշոչպջռսվտրցւփքօֆ',
    )
    let state = 1
    const random = (below: number) => {
      state = (Math.imul(state, 1103515245) + 12345) >>> 0
      return (state >>> 8) % below
    }
    for (let i = 0; i < 700; i++) {
      const letters = Array.from(alphabets[i % alphabets.length]!)
      const word = Array.from(
        { length: 1 + random(i % 50 === 0 ? 60 : 12) },
        () => letters[random(i % 3 === 0 ? 3 : letters.length)],
      ).join('')
      for (const { form, term } of analyzer.analyze(word)) {
        expect(form).not.toBe('')
        expect(term).not.toBe('')
        expect(Buffer.byteLength(term)).toBeLessThanOrEqual(512)
      }
    }
  },
)

test('a pool returns a loaded analyzer at once, and always the same one', async () => {
  const pool = new AnalyzerPool()
  await pool.load(['english', 'german'])

  expect(pool.get('german')).toBe(await pool.open('german'))
  expect(pool.get('english').id).toBe('english')
  expect(() => pool.get('french')).toThrow('analyzer "french" is loaded before it is used')
  await expect(pool.load(['klingon'])).rejects.toMatchObject({ code: 'unknown_language' })
})
