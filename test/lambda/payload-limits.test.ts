import { expect, test } from 'vitest'
import { deployHandler, readValue } from './host/deploy-handler.ts'
import { REQUEST_BYTES_MAX, RESPONSE_BYTES_MAX } from './host/lambda-limits.ts'

test('an event of 6 MB is refused before anything runs', async () => {
  const { host } = await deployHandler('export const handler = async (event) => event.length')
  const eventOf = (size: number) => JSON.stringify('x'.repeat(size - 2))

  const refused = await host.invoke(eventOf(REQUEST_BYTES_MAX))
  const taken = await host.invoke(eventOf(REQUEST_BYTES_MAX - 1))

  expect(refused).toMatchObject({ kind: 'refused', status: 413, errorType: 'RequestEntityTooLargeException' })
  expect(readValue(taken)).toBe(REQUEST_BYTES_MAX - 3)
  expect(host.counts.invocations).toBe(1)
})

test('a result over 6 MB is an error, and its process survives', async () => {
  const { host } = await deployHandler("export const handler = async ({ size }) => 'x'.repeat(size - 2)")

  const refused = await host.invoke(JSON.stringify({ size: RESPONSE_BYTES_MAX + 1 }))
  const taken = await host.invoke(JSON.stringify({ size: RESPONSE_BYTES_MAX }))

  const errorMessage = 'Response payload size exceeded maximum allowed payload size (6291556 bytes).'
  expect(refused).toEqual({ kind: 'error', error: { errorType: 'Function.ResponseSizeTooLarge', errorMessage } })
  expect(taken).toMatchObject({ kind: 'payload', payload: { byteLength: RESPONSE_BYTES_MAX } })
  expect(host.counts.coldStarts).toBe(1)
})
