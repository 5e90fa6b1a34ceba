import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import { expect, test } from 'vitest'
import { closedGate, closeLater, deployHandler, OPENED } from './host/deploy-handler.ts'
import type { FunctionHost } from './host/function-host.ts'
import { EVENT_BYTES_MAX, REQUEST_BYTES_MAX } from './host/lambda-limits.ts'
import { startInvokeApi } from './invoke-api.ts'

async function serve(host: FunctionHost): Promise<(name: string, body?: string, type?: string) => Promise<Response>> {
  const { address } = closeLater(await startInvokeApi(new Map([['tested', host]])))
  return (name, body, type) =>
    fetch(`${address}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
      method: 'POST',
      headers: type === undefined ? {} : { 'x-amz-invocation-type': type },
      ...(body !== undefined && { body }),
    })
}

test('a function is invoked by name or ARN, and an empty body is an empty event', async () => {
  const { host } = await deployHandler('export const handler = async (event) => [event]')
  const invoke = await serve(host)

  const byName = await invoke('tested', '{"a":1}', 'RequestResponse')
  const byArn = await invoke('arn:aws:lambda:us-east-1:000000000000:function:tested:live')

  expect(byName.status).toBe(200)
  expect(byName.headers.get('x-amz-function-error')).toBeNull()
  expect(await byName.json()).toEqual([{ a: 1 }])
  expect(await byArn.json()).toEqual([{}])
})

test('an error of the function is a 200 with a header and the error in the body', async () => {
  const { host } = await deployHandler("export const handler = async () => { throw new Error('no luck') }")
  const invoke = await serve(host)

  const answer = await invoke('tested', '{}')

  expect(answer.status).toBe(200)
  expect(answer.headers.get('x-amz-function-error')).toBe('Unhandled')
  expect(await answer.json()).toMatchObject({ errorType: 'Error', errorMessage: 'no luck', trace: expect.any(Array) })
})

test('an impossible invocation is refused with the type of the error in a header', async () => {
  const { host } = await deployHandler(`${OPENED}\nexport const handler = ({ gate }) => opened(gate)`, {
    concurrencyMax: 1,
  })
  const invoke = await serve(host)
  const gate = await closedGate()
  const refusalOf = async (answer: Response) => [answer.status, answer.headers.get('x-amzn-errortype')]
  const started = host.nextInvocation()
  const busy = invoke('tested', JSON.stringify({ gate: gate.path }))
  await started

  expect(await refusalOf(await invoke('tested', '{}'))).toEqual([429, 'TooManyRequestsException'])
  expect(await refusalOf(await invoke('nobody', '{}'))).toEqual([404, 'ResourceNotFoundException'])
  expect(await refusalOf(await invoke('tested', '{'))).toEqual([400, 'InvalidRequestContentException'])
  const large = JSON.stringify('x'.repeat(REQUEST_BYTES_MAX))
  expect(await refusalOf(await invoke('tested', large))).toEqual([413, 'RequestEntityTooLargeException'])
  const event = JSON.stringify('x'.repeat(EVENT_BYTES_MAX))
  expect(await refusalOf(await invoke('tested', event, 'Event'))).toEqual([413, 'RequestEntityTooLargeException'])
  await gate.open()
  expect((await busy).status).toBe(200)
})

test('an event is accepted at once and run afterwards', async () => {
  const { host, reports } = await deployHandler(`${OPENED}\nexport const handler = ({ gate }) => opened(gate)`)
  const invoke = await serve(host)
  const gate = await closedGate()
  const started = host.nextInvocation()

  const answer = await invoke('tested', JSON.stringify({ gate: gate.path }), 'Event')
  await started
  const before = reports.length
  await gate.open()
  while (reports.length === 0) await new Promise((resolve) => setTimeout(resolve, 5))

  expect([answer.status, await answer.text()]).toEqual([202, ''])
  expect(before).toBe(0)
})

test('AWS’s client understands the answers', async () => {
  const { host } = await deployHandler(`
    export const handler = async ({ fail }) => {
      if (fail) throw new Error('no luck')
      return 'well'
    }`)
  const { address: endpoint } = closeLater(await startInvokeApi(new Map([['tested', host]])))
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' }
  const client = new LambdaClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 })
  const invoke = (FunctionName: string, event: object) =>
    client.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }))

  const well = await invoke('tested', {})
  const failed = await invoke('tested', { fail: true })
  const refused = await invoke('nobody', {}).catch((error: Error) => error.name)
  client.destroy()

  expect([well.StatusCode, well.FunctionError, well.Payload?.transformToString()]).toEqual([200, undefined, '"well"'])
  expect([failed.StatusCode, failed.FunctionError]).toEqual([200, 'Unhandled'])
  expect(refused).toBe('ResourceNotFoundException')
})
