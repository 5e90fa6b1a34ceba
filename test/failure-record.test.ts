import { expect, test } from 'vitest'
import { UnavailableError } from '../core/errors.ts'
import { failureRecord } from '../core/failure-record.ts'

test('a late shard is a warning without a stack, and every other failure an error with its stack', () => {
  const late = new UnavailableError('shard_timeout', 'no answer within 5 of 10 ms')
  const other = new Error('a defect')

  expect(failureRecord('GET /x', late, 'r1')).toMatchObject({
    level: 'warning',
    request: 'GET /x',
    request_id: 'r1',
    code: 'shard_timeout',
    error: 'no answer within 5 of 10 ms',
  })
  expect(failureRecord('background', other)).toMatchObject({ level: 'error', error: other.stack })
  expect(failureRecord('background', 'a text')).toMatchObject({ level: 'error', error: 'a text' })
})
