import type { FunctionHost } from './host/function-host.ts'

export type Schedule = { stop(): void }

/** Invokes a function at intervals, but not while an earlier run is in progress. */
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

/** An event like those of EventBridge. */
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
