import { describe, expect, test } from 'vitest'
import { expectPositionals, type Options, parseArguments, wholeNumber } from '../../cli/terminal/arguments.ts'
import type { Terminal } from '../../cli/terminal/command.ts'
import { formatBytes, formatDuration, formatThings } from '../../cli/terminal/human-units.ts'
import { findPlace } from '../../cli/terminal/place.ts'
import { describe as describeProgress } from '../../cli/terminal/progress-bar.ts'
import { showFacts } from '../../cli/terminal/show-facts.ts'
import { findNearestName } from '../../core/nearest-name.ts'

const OPTIONS: Options = {
  limit: { type: 'string', short: 'n', value: 'N', help: '' },
  json: { type: 'boolean', help: '' },
  header: { type: 'string', value: 'LINE', repeats: true, help: '' },
}

describe('arguments', () => {
  const parse = (...words: string[]) => parseArguments('search', words, OPTIONS)

  test('options may stand anywhere, in every usual form', () => {
    const { positionals, strings, flags } = parse('books', '--limit=3', 'sea', '--json')

    expect(positionals).toEqual(['books', 'sea'])
    expect(strings).toEqual({ limit: '3' })
    expect([...flags]).toEqual(['json'])
    expect(parse('-n', '3').strings).toEqual({ limit: '3' })
    expect(parse('--', '--json').positionals).toEqual(['--json'])
  })

  test('the last value of an option counts, unless it may be repeated', () => {
    const { strings, lists } = parse('--limit', '3', '--header', 'a: b', '--limit=4', '--header=c: d')

    expect(strings).toEqual({ limit: '4' })
    expect(lists).toEqual({ header: ['a: b', 'c: d'] })
    expect(parse().lists).toEqual({})
  })

  test('an unknown option is an error that says what was probably meant', () => {
    expect(() => parse('--limt', '3')).toThrow('unknown option --limt for search; did you mean --limit?')
    expect(() => parse('--frobnicate')).toThrow('see prism search --help')
    expect(() => parse('-x')).toThrow('unknown option -x')
  })

  test('a value that is missing, or too much, is an error', () => {
    for (const empty of [['--limit'], ['--limit='], ['--limit', ''], ['-n', '']])
      expect(() => parse(...empty)).toThrow(/^(--limit|-n) needs a value: \1 N$/)
    expect(() => parse('--json=yes')).toThrow('--json takes no value')
  })

  test('numbers are checked where they are read', () => {
    expect(wholeNumber(parse('--limit', '5'), 'limit', 1, 9)).toBe(5)
    expect(wholeNumber(parse(), 'limit', 1, 9)).toBeUndefined()
    for (const wrong of ['0', '10', '1.5', 'x', '1e1']) {
      expect(() => wholeNumber(parse(`--limit=${wrong}`), 'limit', 1, 9)).toThrow('from 1 to 9')
    }
  })

  test('too few or too many words are an error that shows the form', () => {
    expect(() => expectPositionals(parse(), 'search C Q', 2, 2)).toThrow('C is missing. Usage: prism search C Q')
    expect(() => expectPositionals(parse('a', 'b', 'c'), 'search C Q', 2, 2)).toThrow(
      'unexpected argument "c". Usage: prism search C Q',
    )
  })
})

describe('the place of the data', () => {
  const find = (strings: Record<string, string>, env: Record<string, string> = {}, header?: string[]) =>
    findPlace({ positionals: [], strings, lists: { ...(header && { header }) }, flags: new Set() }, {
      env,
    } as unknown as Terminal)

  test('is what an option says, else the environment, else ./data', () => {
    expect(find({ data: 'x' }, { PRISM_DATA: 'y' })).toEqual({ data: 'x' })
    expect(find({}, { PRISM_DATA: 'y' })).toEqual({ data: 'y' })
    expect(find({})).toEqual({ data: './data' })
    expect(find({ url: 'http://h' }, { PRISM_DATA: 'y' })).toEqual({ url: 'http://h' })
  })

  test('may be a server, with headers and a token that only requests to it carry', () => {
    const env = { PRISM_HEADERS: 'X-Api-Key: one:two\n\n x-team : search \n', PRISM_TOKEN: 'secret' }

    expect(find({ url: 'http://h' }, env)).toEqual({
      url: 'http://h',
      headers: { 'x-api-key': 'one:two', 'x-team': 'search' },
      token: 'secret',
    })
    expect(find({ url: 'http://h' }, env, ['X-API-Key: three', 'a:b'])).toMatchObject({
      headers: { 'x-api-key': 'three', 'x-team': 'search', a: 'b' },
    })
    expect(find({ data: 'x' }, env)).toEqual({ data: 'x' })
    expect(() => find({ data: 'x' }, {}, ['a: b'])).toThrow('--header is for requests to a server: --url URL')
    for (const header of ['secret', ': secret', 'secret:', 'secret: ']) {
      const wrong = () => find({ url: 'http://h' }, {}, [header])

      expect(wrong).toThrow("--header takes headers such as 'X-Api-Key: abc', with a colon and a value")
      expect(wrong).not.toThrow('secret')
    }
    expect(() => find({ url: 'http://h' }, { PRISM_HEADERS: 'secret' })).toThrow(/^PRISM_HEADERS takes headers/)
  })

  test('may be a bucket with a table, at an endpoint of its own', () => {
    const env = { PRISM_S3_BUCKET: 'b', PRISM_TABLE: 't', AWS_ENDPOINT_URL: 'http://localhost:4566' }

    expect(find({}, env)).toEqual({ bucket: 'b', table: 't', endpoint: 'http://localhost:4566' })
    expect(find({ s3: 'c', table: 'u' })).toEqual({ bucket: 'c', table: 'u' })
    expect(() => find({ s3: 'c' })).toThrow('--table TABLE')
    expect(() => find({}, { ...env, AWS_ENDPOINT_URL: 'localhost' })).toThrow(
      'AWS_ENDPOINT_URL must be an address such as http://127.0.0.1:4566, got "localhost"',
    )
  })

  test('must be one place', () => {
    expect(() => find({ data: 'x', url: 'http://h' })).toThrow('--data and --url')
    expect(() => find({}, { PRISM_DATA: 'x', PRISM_S3_BUCKET: 'b' })).toThrow('both set')
  })
})

describe('what people read', () => {
  test('bytes, times and counts have the unit that fits', () => {
    expect([0, 999, 1000, 81_234, 98_949_999, 123_456_789].map(formatBytes)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.0 kB',
      '81.2 kB',
      '98.9 MB',
      '123 MB',
    ])
    expect([421, 59_900, 125_000, 3_723_000].map(formatDuration)).toEqual(['0.42 s', '59.9 s', '2:05', '1:02:03'])
    expect([1, 2, 12_345].map((count) => formatThings(count, 'hit'))).toEqual(['1 hit', '2 hits', '12,345 hits'])
  })

  test('the progress bar tells the share, the rate and the time left', () => {
    const line = describeProgress({ documents: 5000, bytesRead: 2_500_000, bytesTotal: 10_000_000 }, 2000)

    expect(line).toBe('[######------------------] 25 %  5,000 documents  2,500/s  1.3 MB/s  6.00 s left')
    expect(describeProgress({ documents: 10, bytesRead: 100, bytesTotal: undefined }, 1000)).toBe(
      '10 documents  10/s  100 bytes/s',
    )
  })

  test('facts are lines, then lists of objects are tables', () => {
    const shown = showFacts({
      name: 'books',
      bytes: 12_345,
      shards: [
        { shard: 0, commit: 'a' },
        { shard: 10, commit: 'bcd' },
      ],
      none: [],
    })

    expect(shown).toBe('name   books\nbytes  12,345\nnone   none\nshards\n  shard  commit\n      0  a\n     10  bcd\n')
  })

  test('the nearest name is one that a slip of the hand could have meant', () => {
    expect(findNearestName('qeury', ['query', 'fields'])).toBe('query')
    expect(findNearestName('serch', ['serve', 'search'])).toBe('search')
    expect(findNearestName('zzz', ['query', 'fields'])).toBeUndefined()
    expect(findNearestName('Name', ['title', 'author.name', 'names'])).toBe('author.name')
    expect(findNearestName('name', ['author.name', 'name'])).toBe('name')
  })
})
