import { expect, test } from 'vitest'
import { allHere, type MaybePromise, whenHere } from '../core/maybe-promise.ts'

test('what is here is handed on at once, what is not when it is', async () => {
  expect(whenHere(1, (one) => one + 1)).toBe(2)
  expect(
    whenHere(
      whenHere(1, (one) => one + 1),
      (two) => two + 1,
    ),
  ).toBe(3)

  const later = whenHere(Promise.resolve(1), (one) => one + 1)
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toBe(2)
})

test('nothing is thrown: what failed is a rejected promise', async () => {
  const fail = (): MaybePromise<number> => {
    throw new Error('no')
  }
  const failed = whenHere(1, fail)
  expect(failed).toBeInstanceOf(Promise)
  await expect(failed).rejects.toThrow('no')
  await expect(whenHere(Promise.resolve(1), fail)).rejects.toThrow('no')
})

test('all that is here is answered at once, otherwise all is waited for', async () => {
  const here = [1, 2]
  expect(allHere(here)).toEqual([1, 2])
  expect(allHere([])).toEqual([])

  const later = allHere<[number, string]>([1, Promise.resolve('two')])
  expect(later).toBeInstanceOf(Promise)
  expect(await later).toEqual([1, 'two'])
  await expect(allHere([1, Promise.reject(new Error('no')), Promise.reject(new Error('nor this'))])).rejects.toThrow(
    'no',
  )
})
