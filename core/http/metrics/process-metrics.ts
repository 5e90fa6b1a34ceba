import { Counter, collectDefaultMetrics, Gauge, type Registry } from 'prom-client'

/** Adds what a process tells of itself. */
export type RegisterMetrics = (registry: Registry) => void

/** A number that the process keeps by itself, read whenever metrics are asked for. A counter only grows. */
export type ProcessNumber = {
  readonly kind: 'counter' | 'gauge'
  readonly name: string
  readonly help: string
  readonly value: () => number
}

/** What a server tells of its process: memory, CPU, event loop, and numbers of its own. */
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
