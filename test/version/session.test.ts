import fc from 'fast-check'
import { expect, test } from 'vitest'
import { InvalidRequestError } from '../../core/errors.ts'
import { decodeSession, encodeSession } from '../../core/version/session.ts'
import { seededRandom } from '../faults/seeded-random.ts'

const random = seededRandom(1)

test('decoding a token gives the encoded versions', () => {
  const versions = new Map([[random.name(), [17, 0, 3]]])

  const token = encodeSession(versions)

  expect(token).toMatch(/^[A-Za-z0-9_-]+$/)
  expect(decodeSession(token)).toEqual(versions)
})

test('several tokens give the newest version of each shard', () => {
  const [a, b] = [random.name(), random.name()]
  const tokens = [
    new Map([[a, [1, 9]]]),
    new Map([
      [a, [5, 2, 4]],
      [b, [7]],
    ]),
  ].map(encodeSession)

  expect(decodeSession(tokens.join(', '))).toEqual(
    new Map([
      [a, [5, 9, 4]],
      [b, [7]],
    ]),
  )
})

test('other texts are refused', () => {
  const token = encodeSession(new Map([[random.name(), [1, 2]]]))

  for (const text of ['x', '!', token.slice(1), token.slice(0, -1), `${token}A`, 'a'.repeat(20_000)]) {
    expect(() => decodeSession(text), text).toThrow(InvalidRequestError)
  }
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), (text) => {
      if (text.replaceAll(',', '').trim() !== '') expect(() => decodeSession(text)).toThrow(InvalidRequestError)
    }),
  )
})
