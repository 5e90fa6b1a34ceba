import { expect, test } from 'vitest'
import { ParsingTurns } from '../../core/http/transfer/parsing-turns.ts'

test('large bodies are parsed in the order of their arrival, each in a later round of the event loop', async () => {
  const turns = new ParsingTurns()
  const parsed: { readonly body: string; readonly round: number }[] = []
  let round = 0
  const counting = setImmediate(function count() {
    round++
    if (parsed.length < 5) setImmediate(count)
  })
  const parse = async (body: string, byteSize: number) => {
    await turns.next(byteSize)
    parsed.push({ body, round })
  }

  await Promise.all([
    parse('first', 1_000_000),
    parse('second', 65_536),
    parse('small', 65_535),
    parse('third', 32_000_000),
    parse('empty', 0),
  ])
  clearImmediate(counting)

  expect(parsed.slice(0, 2)).toEqual([
    { body: 'small', round: 0 },
    { body: 'empty', round: 0 },
  ])
  const large = parsed.slice(2)
  expect(large.map(({ body }) => body)).toEqual(['first', 'second', 'third'])
  expect(large[1]!.round).toBeGreaterThan(large[0]!.round)
  expect(large[2]!.round).toBeGreaterThan(large[1]!.round)
})
