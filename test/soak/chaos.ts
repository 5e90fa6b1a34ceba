import { setTimeout as sleep } from 'node:timers/promises'
import { LEASE_MS } from '../../core/coordination/standstill.ts'
import type { Random } from '../../core/random.ts'
import type { FaultProxy } from './fault-proxy.ts'
import type { ServerProcess } from './server-process.ts'
import type { Tally } from './tally.ts'

/** Kills servers, one at a time, and starts them again, until `isOver`. The last that answers is spared. */
export async function killServers(
  servers: readonly ServerProcess[],
  random: Random,
  isOver: () => boolean,
  tally: Tally,
): Promise<void> {
  while (!isOver()) {
    await pause((2 + random.number() * 6) * 1000, isOver)
    const living = servers.filter(({ address }) => address !== undefined)
    if (isOver() || living.length < 2) continue
    const server = living[Math.floor(random.number() * living.length)]!
    await server.kill()
    tally.count('kills')
    await sleep(random.number() * 1500)
    await server.start()
  }
}

/** Stops a server for longer than a lease, or for `stopMs`, and lets it go on as if nothing had been, until `isOver`. */
export async function stopServers(
  servers: readonly ServerProcess[],
  random: Random,
  isOver: () => boolean,
  tally: Tally,
  stopMs: number = LEASE_MS + 5000,
): Promise<void> {
  while (!isOver()) {
    await pause((0.2 + random.number()) * stopMs, isOver)
    const living = servers.filter(({ address }) => address !== undefined)
    if (isOver() || living.length < 2) continue
    const server = living[Math.floor(random.number() * living.length)]!
    server.stop()
    tally.count('stops')
    await sleep(stopMs)
    server.continue()
  }
}

/** A network on which a few requests in a hundred fail, and for moments every other one or almost all, until `isOver`; then none. */
export async function breakNetwork(proxy: FaultProxy, random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    proxy.setShare(0.03)
    await pause((4 + random.number() * 8) * 1000, isOver)
    proxy.setShare(random.number() < 0.5 ? 0.5 : 0.95)
    await pause((1 + random.number() * 3) * 1000, isOver)
  }
  proxy.setShare(0)
}

/** Ends early once it is over. */
export async function pause(ms: number, isOver: () => boolean): Promise<void> {
  for (let waited = 0; waited < ms && !isOver(); waited += 100) await sleep(100)
}
