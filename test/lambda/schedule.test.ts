import { expect, test } from 'vitest'
import { closedGate, deployHandler, OPENED } from './host/deploy-handler.ts'
import { startSchedule } from './schedule.ts'

test('runs do not overlap, and none begins after the end', async () => {
  const gate = await closedGate()
  const { host, reports } = await deployHandler(
    `${OPENED}\nexport const handler = async () => opened(process.env.GATE)`,
    { environment: { GATE: gate.path } },
  )

  const schedule = startSchedule(host, 5)
  await host.nextInvocation()
  await new Promise((resolve) => setTimeout(resolve, 50))
  const invocationsDuring = host.counts.invocations
  await gate.open()
  while (reports.length < 3) await new Promise((resolve) => setTimeout(resolve, 5))
  schedule.stop()
  const { invocations } = host.counts
  await new Promise((resolve) => setTimeout(resolve, 30))

  expect(invocationsDuring).toBe(1)
  expect(host.counts).toEqual({ invocations, coldStarts: 1, throttles: 0 })
})
