import { expect, test } from 'vitest'
import { closedGate, deployHandler, isAlive, OPENED, readValue } from './deploy-handler.ts'

test('an invocation gets its event and context, and its process serves the next invocation too', async () => {
  const { host, reports } = await deployHandler(`
    let count = 0
    export const handler = async (event, context) => ({
      event, count: ++count, pid: process.pid, id: context.awsRequestId, name: context.functionName,
      memory: context.memoryLimitInMB, left: context.getRemainingTimeInMillis(),
    })`)

  const first = readValue(await host.invoke('{"a":[1]}')) as Record<string, unknown>
  const second = readValue(await host.invoke('{}')) as Record<string, unknown>

  expect(first).toMatchObject({ event: { a: [1] }, count: 1, name: 'tested', memory: '256' })
  expect(first.left).toBeLessThanOrEqual(30_000)
  expect(first.left).toBeGreaterThan(0)
  expect(second).toMatchObject({ event: {}, count: 2, pid: first.pid })
  expect(host.counts).toEqual({ invocations: 2, coldStarts: 1, throttles: 0 })
  expect(reports.map(({ requestId }) => requestId)).toEqual([first.id, second.id])
  expect(reports.map(({ initMs }) => initMs === undefined)).toEqual([false, true])
})

test('a process has the environment of its function and of Lambda, and nothing of the test’s', async () => {
  const { host } = await deployHandler('export const handler = async () => process.env', {
    environment: { COLOUR: 'red' },
  })

  const environment = readValue(await host.invoke('{}')) as Record<string, string>
  const { AWS_LAMBDA_RUNTIME_API: address, LAMBDA_TASK_ROOT: folder, ...rest } = environment

  expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
  expect(folder).toBe(host.settings.folder)
  expect(rest).toEqual({
    COLOUR: 'red',
    PATH: process.env.PATH,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_LAMBDA_FUNCTION_NAME: 'tested',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    _HANDLER: 'index.handler',
  })
})

test('tasks that a handler leaves running stand still between invocations', async () => {
  const { host } = await deployHandler(`
    const ticks = []
    setInterval(() => ticks.push(Date.now()), 1)
    export const handler = async () => {
      await new Promise((resolve) => setTimeout(resolve, 10))
      return ticks
    }`)

  await host.invoke('{}')
  const from = Date.now()
  await new Promise((resolve) => setTimeout(resolve, 60))
  const to = Date.now()
  const ticks = readValue(await host.invoke('{}')) as number[]

  expect(ticks.filter((tick) => tick < from).length).toBeGreaterThan(0)
  expect(ticks.filter((tick) => tick > from && tick < to)).toEqual([])
})

test('each concurrent invocation gets a process, up to the limit; the next one is throttled', async () => {
  const { host } = await deployHandler(
    `${OPENED}
    export const handler = async ({ gate }) => {
      await opened(gate)
      return process.pid
    }`,
    { concurrencyMax: 3 },
  )
  const gate = await closedGate()
  const event = JSON.stringify({ gate: gate.path })

  const answers = [host.invoke(event), host.invoke(event), host.invoke(event)]
  const above = await host.invoke(event)
  await gate.open()
  const pids = (await Promise.all(answers)).map(readValue)
  const after = readValue(await host.invoke(event))

  expect(above).toMatchObject({ kind: 'refused', status: 429, errorType: 'TooManyRequestsException' })
  expect(new Set(pids).size).toBe(3)
  expect(pids).toContain(after)
  expect(host.counts).toEqual({ invocations: 4, coldStarts: 3, throttles: 1 })
})

test('a process killed during an invocation is an error, and the next invocation gets a new one', async () => {
  const { host, reports } = await deployHandler(`
    export const handler = ({ hang }) => new Promise((resolve) => {
      if (hang) setInterval(() => {}, 1_000)
      else resolve(process.pid)
    })`)

  const started = host.nextInvocation()
  const answer = host.invoke('{"hang":true}')
  const { pid, requestId, kill } = await started
  kill()
  const killed = await answer
  const next = readValue(await host.invoke('{}'))
  const later = host.nextInvocation()
  const last = host.invoke('{"hang":true}')
  await later
  const count = host.killBusy()

  const errorMessage = `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`
  expect(killed).toEqual({ kind: 'error', error: { errorType: 'Runtime.ExitError', errorMessage } })
  expect(next).not.toBe(pid)
  expect(count).toBe(1)
  expect(await last).toMatchObject({ kind: 'error', error: { errorType: 'Runtime.ExitError' } })
  expect(reports.map(({ errorType }) => errorType)).toEqual(['Runtime.ExitError', undefined, 'Runtime.ExitError'])
})

test('a process that exits by itself is an error with its status', async () => {
  const { host } = await deployHandler('export const handler = async () => process.exit(3)')

  expect(await host.invoke('{}')).toMatchObject({
    error: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('exit status 3') },
  })
})

test('an invocation that takes too long is an error, and its process ends', async () => {
  const code = 'export const handler = () => new Promise(() => setInterval(() => {}, 1_000))'
  const { host } = await deployHandler(code, { timeoutMs: 250 })

  const started = host.nextInvocation()
  const answer = await host.invoke('{}')
  const { pid, requestId } = await started

  const errorMessage = `RequestId: ${requestId} Error: Task timed out after 0.25 seconds`
  expect(answer).toEqual({ kind: 'error', error: { errorType: 'Sandbox.Timedout', errorMessage } })
  expect(isAlive(pid)).toBe(false)
  expect(host.instanceCount).toBe(0)
})

test('an error that a handler throws fails the invocation, and its process survives', async () => {
  const { host, lines } = await deployHandler(`
    export const handler = async ({ fail }) => {
      if (fail) throw new RangeError('too far')
      return process.pid
    }`)

  const pid = readValue(await host.invoke('{}'))
  const answer = await host.invoke('{"fail":true}')

  const trace = expect.arrayContaining(['RangeError: too far'])
  expect(answer).toEqual({ kind: 'error', error: { errorType: 'RangeError', errorMessage: 'too far', trace } })
  expect(readValue(await host.invoke('{}'))).toBe(pid)
  expect(lines.join('\n')).toContain('tested: Invoke Error RangeError: too far')
})

test('an unhandled rejection or a promise that cannot settle fails the invocation', async () => {
  const { host } = await deployHandler(`
    export const handler = ({ stray }) => new Promise(() => {
      if (stray) Promise.reject(new Error('stray'))
      if (stray) setInterval(() => {}, 1_000)
    })`)

  const stray = { errorType: 'Runtime.UnhandledPromiseRejection', errorMessage: 'stray' }
  expect(await host.invoke('{"stray":true}')).toMatchObject({ kind: 'error', error: stray })
  expect(await host.invoke('{}')).toMatchObject({ kind: 'error', error: { errorType: 'Runtime.NodeJsExit' } })
})

test('a module that does not load is loaded again at each invocation, and fails it', async () => {
  const { host } = await deployHandler("throw new TypeError('no table')\nexport const handler = async () => 1")
  const missing = await deployHandler('export const other = 1')

  const first = await host.invoke('{}')
  const second = await host.invoke('{}')

  for (const answer of [first, second]) {
    expect(answer).toMatchObject({ kind: 'error', error: { errorType: 'TypeError', errorMessage: 'no table' } })
  }
  expect(host.counts.coldStarts).toBe(2)
  expect(await missing.host.invoke('{}')).toMatchObject({ error: { errorType: 'Runtime.HandlerNotFound' } })
})
