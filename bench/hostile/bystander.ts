import { percentile } from '../measure/statistics.ts'
import type { PrismServer } from './prism-server.ts'

const PAUSE_MS = 20
const SAMPLE_MS = 50
/** A simple search, like most. */
const SIMPLE = { query: 'text:banacen', limit: 10, total: false }

export type Watched<T> = {
  readonly result: T
  /** Of simple searches one after another during the whole time, including the last one. */
  readonly p99Ms: number
  readonly longestMs: number
  /** Longest wait for an answer to a request that needs no data, such as a heartbeat. */
  readonly stalledMs: number
  readonly residentBytesMax: number
  readonly failures: number
}

/** Sends simple searches to a server and samples its memory while `during` runs. */
export async function watch<T>(server: PrismServer, during: () => Promise<T>): Promise<Watched<T>> {
  const times: number[] = []
  const pulses: number[] = []
  let residentBytesMax = server.residentBytes()
  let failures = 0
  let isOver = false
  const ask = async (into: number[], path: string, body?: object): Promise<void> => {
    while (!isOver) {
      const started = performance.now()
      try {
        const answer = await fetch(server.address + path, post(body))
        if (!answer.ok) failures++
        await answer.arrayBuffer()
      } catch {
        failures++
      }
      into.push(performance.now() - started)
      await pause(PAUSE_MS)
    }
  }
  const sample = async (): Promise<void> => {
    while (!isOver) {
      residentBytesMax = Math.max(residentBytesMax, server.residentBytes())
      await pause(SAMPLE_MS)
    }
  }
  const watching = [ask(times, '/collections/documents/search', SIMPLE), ask(pulses, '/'), sample()]
  const result = await during()
  isOver = true
  await Promise.all(watching)
  return {
    result,
    p99Ms: percentile(times, 0.99),
    longestMs: Math.max(...times),
    stalledMs: Math.max(...pulses),
    residentBytesMax,
    failures,
  }
}

export function post(body: object | undefined): RequestInit {
  const headers = { 'Content-Type': 'application/json' }
  return body === undefined ? {} : { method: 'POST', headers, body: JSON.stringify(body) }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
