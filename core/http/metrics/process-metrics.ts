import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client'

/** Registers metrics of a process. */
export type RegisterMetrics = (registry: Registry) => void

/** A number that the process keeps, read when metrics are requested. A counter only grows. */
export type ProcessNumber = {
  readonly kind: 'counter' | 'gauge'
  readonly name: string
  readonly help: string
  readonly value: () => number
}

/** Metrics of a server process: memory, CPU, event loop and the given numbers. */
export function processMetrics(numbers: readonly ProcessNumber[] = []): RegisterMetrics {
  return (registry) => {
    collectDefaultMetrics({ register: registry })
    for (const number of numbers) registerNumber(number, [registry])
  }
}

function registerNumber({ kind, name, help, value }: ProcessNumber, registers: Registry[]): void {
  if (kind === 'gauge') {
    const gauge: Gauge = new Gauge({ name, help, registers, collect: () => gauge.set(value()) })
    return
  }
  const total: Counter = new Counter({
    ...{ name, help, registers },
    collect: () => {
      total.reset()
      total.inc(value())
    },
  })
}
