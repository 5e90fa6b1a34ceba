import type { FunctionHost } from './host/function-host.ts'

export type Schedule = { stop(): void }

/** Invokes a function every so often, but never while an earlier run is under way. */
export function startSchedule(host: FunctionHost, everyMs: number): Schedule {
  let isUnderWay = false
  const timer = setInterval(() => {
    if (isUnderWay) return
    isUnderWay = true
    void host.invoke(JSON.stringify(scheduledEvent(new Date()))).finally(() => {
      isUnderWay = false
    })
  }, everyMs)
  return { stop: () => clearInterval(timer) }
}

/** As EventBridge sends it. */
function scheduledEvent(now: Date): object {
  return {
    version: '0',
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    region: 'us-east-1',
    time: now.toISOString(),
    detail: {},
  }
}
