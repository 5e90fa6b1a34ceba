import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFullTimestamp, parseIsoDate } from '../../core/fields/iso-date.ts'

test('every date that a Date writes is read back', () => {
  fc.assert(
    fc.property(fc.date({ noInvalidDate: true }), (date) => {
      expect(parseIsoDate(date.toISOString())).toBe(date.getTime())
    }),
  )
})

test.each([
  ['2024', '2024-01-01T00:00:00.000Z'],
  ['2024-02', '2024-02-01T00:00:00.000Z'],
  ['0001-01-01', '0001-01-01T00:00:00.000Z'],
  ['2024-02-29', '2024-02-29T00:00:00.000Z'],
  ['2024-02-29T23:59', '2024-02-29T23:59:00.000Z'],
  ['2024-02-29 23:59:58.1239999', '2024-02-29T23:59:58.123Z'],
  ['2024-03-01T00:30:00+01:00', '2024-02-29T23:30:00.000Z'],
  ['2024-03-01T00:30:00-0130', '2024-03-01T02:00:00.000Z'],
  ['2024-03-01T00:30:00+01', '2024-02-29T23:30:00.000Z'],
])('%s is %s', (text, iso) => {
  expect(parseIsoDate(text)).toBe(Date.parse(iso))
})

test.each([
  '',
  '24',
  '2024-13',
  '2024-00-01',
  '2023-02-29',
  '1900-02-29',
  '2024-04-31',
  '2024-01-01T24:00',
  '2024-01-01T10',
  'x2024',
])('%j is not a date', (text) => {
  expect(parseIsoDate(text)).toBeUndefined()
})

test('only a date with a time to the second is inferred as a timestamp', () => {
  expect(isFullTimestamp('2024-05-01T10:00:00Z')).toBe(true)
  expect(isFullTimestamp('2024-05-01T10:00:00.123456+02:00')).toBe(true)
  expect(isFullTimestamp('2024-05-01T10:00:00')).toBe(true)
  expect(isFullTimestamp('2024-05-01')).toBe(false)
  expect(isFullTimestamp('2024-02-30T10:00:00Z')).toBe(false)
})
