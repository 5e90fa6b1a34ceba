import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openAnalyzer, type TextAnalyzer, TokenBuffer } from '../../core/analysis/text-analyzer.ts'

describe('what a text becomes', () => {
  test.each([
    // language, text, and the words: the form, or form/term if they differ
    ['english', "The Foxes' dens can't be John's.", "the foxes/fox dens/den can't be john's/john"],
    ['english', 'It’s “quoted”—and dashed', "it's/it quoted/quot and dashed/dash"],
    ['english', 'résumés resumes naïve', 'resumes/resum resumes/resum naive/naiv'],
    ['english', 'pi is 3.14, or 3,141.5; U.S.A. 1990s', 'pi is 3.14 or 3,141.5 u.s.a 1990s'],
    [
      'english',
      'foo_bar foo-bar __init__ a:b example.com me@example.com',
      'foo_bar foo bar __init__ a:b example.com me example.com',
    ],
    ['english', 'C++ C# AC/DC _ __', 'c c ac dc'],
    ['english', 'ﬁnding ＦＵＬＬ co\u00adoperate cafe\u0301', 'finding/find full cooperate/cooper cafe'],
    ['english', 'Größe Ærø Łódź 𝐁old', 'grosse/gross aero lodz bold'],
    ['english', '👍🏽 ❤️ 🇩🇪🇫🇷 👩‍🚀 © ™', '👍 ❤ 🇩🇪 🇫🇷 👩‍🚀'],
    ['none', 'The Foxes’ dens', 'the foxes dens'],
    [
      'german',
      'Donaudampfschifffahrt Häuser STRASSE straße für',
      'donaudampfschifffahrt hauser/haus strasse/strass strasse/strass fur',
    ],
    ['french', "L'été d’une aujourd'hui", "ete une aujourd'hui"],
    ['italian', "dell'acqua un'altra", 'acqua altra'],
    ['spanish', 'canciones año', 'canciones/cancion ano'],
    ['russian', 'Ёлки мой книги', 'елки/елк мой/мо книги/книг'],
    ['turkish', 'ISPARTA İstanbul ışık', 'isparta/ispar istanbul isik'],
    ['arabic', 'كِتَابٌ الْكِتَاب ٣٫٥', 'كتاب الكتاب/كتاب 3٫5'],
    ['hindi', 'किताब १२३', 'किताब 123'],
    ['chinese', '我爱北京。中', '我爱 爱北 北京 中'],
    ['japanese', '東京タワーへ ｶﾞｽ', '東京 京タ タワ ワー ーへ ガス'],
    ['thai', 'ภาษาไทย ที่', 'ภา าษ ษา าไ ไท ทย ที่'],
    ['korean', '한국어 말', '한국 국어 말'],
    ['english', '한국어 中文abc カタ_カナ', '한국어 中文 abc カタ _ カナ'.replace(' _', '')],
    ['english', '', ''],
    ['english', ' \r\n\t.;:\'"-', ''],
  ])('%s: %s', async (language, text, expected) => {
    expect(describeWords(await openAnalyzer(language), text)).toBe(expected)
  })
})

test('a stop word is recognised by its form', async () => {
  const english = await openAnalyzer('english')
  const french = await openAnalyzer('french')

  expect(
    english
      .analyze('The sea AND the Sun')
      .filter((token) => token.stopWord)
      .map((token) => token.form),
  ).toEqual(['the', 'and', 'the'])
  expect(french.analyze('l’été à Paris').map((token) => token.stopWord)).toEqual([true, true, false])
})

test('positions count every word, and offsets are UTF-16 units of the given text', async () => {
  const analyzer = await openAnalyzer('english')
  const text = '😀 The ﬁrst\ud800 Überraschung 日本語'

  const tokens = analyzer.analyze(text)

  expect(tokens.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5])
  expect(tokens.map(({ start, end }) => text.slice(start, end))).toEqual([
    '😀',
    'The',
    'ﬁrst',
    'Überraschung',
    '日本',
    '本語',
  ])
})

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc
    .array(fc.constantFrom('Don’t', "l'eau", ' ', 'É', '.', '3', '中', '文', 'カ', '👍🏽', 'ß', '\ud800', '_', 'İ'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
)

test.each(['english', 'french', 'turkish', 'korean', 'none'])(
  '%s: the text between the offsets of a word has the form of the word',
  async (language) => {
    const analyzer = await openAnalyzer(language)

    fc.assert(
      fc.property(anyText, (text) => {
        for (const { start, end, form, term } of analyzer.analyze(text)) {
          expect(analyzer.normalizeWord(text.slice(start, end))).toBe(form)
          expect(form).not.toBe('')
          expect(term).not.toBe('')
        }
      }),
      { numRuns: 500 },
    )
  },
)

test.each(['english', 'german', 'turkish', 'japanese', 'none'])('%s: tokenize and analyze agree', async (language) => {
  const analyzer = await openAnalyzer(language)
  const into = new TokenBuffer()

  fc.assert(
    fc.property(anyText, (text) => {
      analyzer.tokenize(text, into)
      const { vocabulary } = analyzer
      const tokenized = Array.from(into.ids.subarray(0, into.count), (token, i) => ({
        form: vocabulary.form(vocabulary.formId(token)),
        term: vocabulary.term(vocabulary.termId(token)),
        stopWord: vocabulary.isStopWord(token),
        position: into.positions[i],
      }))
      expect(tokenized).toEqual(
        analyzer.analyze(text).map(({ form, term, stopWord, position }) => ({ form, term, stopWord, position })),
      )
    }),
    { numRuns: 500 },
  )
})

test('composed and decomposed text have the same words', async () => {
  for (const language of ['english', 'german', 'russian', 'japanese', 'korean', 'hindi']) {
    const analyzer = await openAnalyzer(language)
    const text = 'Ärger élan ñandú йод ёж が ガス 한국어 ỗi ড়'
    expect(describeWords(analyzer, text.normalize('NFD'))).toBe(describeWords(analyzer, text.normalize('NFC')))
  }
})

test('a megabyte without a space and a text of many words are analysed completely', async () => {
  const analyzer = await openAnalyzer('english')
  const into = new TokenBuffer()

  analyzer.tokenize('x'.repeat(1_000_000), into)
  expect(into.count).toBe(Math.ceil(1_000_000 / 255))

  analyzer.tokenize('a '.repeat(500_000), into)
  expect(into.count).toBe(500_000)
  expect(into.positions[499_999]).toBe(499_999)

  analyzer.tokenize('中'.repeat(300_000), into)
  expect(into.count).toBe(299_999)

  analyzer.tokenize('', into)
  expect(into.count).toBe(0)
})

test('a vocabulary numbers words densely and is reset only when it has too many', async () => {
  const analyzer = await openAnalyzer('english')
  const { vocabulary } = analyzer
  const into = new TokenBuffer()

  analyzer.tokenize('Seas seas SEA sea Séa', into)
  expect(Array.from(into.ids.subarray(0, 5))).toEqual([0, 0, 1, 1, 2])
  expect([vocabulary.size, vocabulary.formCount, vocabulary.termCount]).toEqual([3, 2, 1])
  expect(Buffer.from(vocabulary.formBytes(1)).toString()).toBe('sea')
  expect(vocabulary.resetIfLarge()).toBe(false)

  const long = 'x'.repeat(245)
  for (let batch = 0; batch < 7; batch++) {
    analyzer.tokenize(Array.from({ length: 10_000 }, (_, i) => `${long}${batch}_${i}`).join(' '), into)
  }
  expect(vocabulary.size).toBe(70_003)
  expect(vocabulary.form(vocabulary.formId(into.ids[9_999]!))).toBe(`${long}6_9999`)
  expect(vocabulary.resetIfLarge()).toBe(true)
  expect(vocabulary.size).toBe(0)

  analyzer.tokenize('sea', into)
  expect(into.ids[0]).toBe(0)
  expect(vocabulary.term(vocabulary.termId(0))).toBe('sea')
})

/** Form of each word, and its term if that differs. */
function describeWords(analyzer: TextAnalyzer, text: string): string {
  return analyzer
    .analyze(text)
    .map(({ form, term }) => (form === term ? form : `${form}/${term}`))
    .join(' ')
}
