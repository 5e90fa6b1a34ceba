import { openEngine } from '../../core/engine/open-engine.ts'
import { cacheSegments } from '../../core/open/cache-segments.ts'
import { meteredReading } from '../../core/reading/metered-reading.ts'
import { FREE } from '../../core/storage/prices.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { ACTORS } from './actors/actors.ts'
import { type Client, codeOf } from './actors/client.ts'
import { create } from './actors/recreate.ts'
import { Upkeep } from './actors/upkeep.ts'
import { checkEnd } from './check-end.ts'
import { OwnerWatch } from './history/cluster-watch.ts'
import { History } from './history/history.ts'
import { fail } from './history/known-shard.ts'
import { Observer } from './history/observer.ts'
import { Chance, type Settings } from './processes/chance.ts'
import { Cluster, type ClusterSettings, drawCluster } from './processes/cluster.ts'
import { Network } from './processes/network.ts'
import { ObservedObjects, ObservedRows } from './processes/observed-places.ts'
import { FormerRows, SimCoordination, SimObjectStore } from './processes/places.ts'
import { SimProcess, WILD_RATES } from './processes/process.ts'
import { Scheduler, Violation } from './processes/scheduler.ts'

const RESTART_MS_MAX = 5_000
const CACHE_BYTES = 4 * 1024 * 1024
/** Past the hour after which an announced deletion that never began is called off, whatever the skew of clocks. */
const HEALED_MS = 24 * 3_600_000
/** Long enough for a lease to be given up and taken, and for two runs of the upkeep, by the slowest clock. */
const UPKEEP_MS = 12 * 60_000

/** The same without faults. */
function calm(settings: Settings): Settings {
  const none = { slow: 0, lostRequest: 0, lostReply: 0, throttled: 0, repeated: 0, zombie: 0, crash: 0, stall: 0 }
  return { ...settings, ...none, staleRead: 0 }
}

export class World {
  readonly scheduler: Scheduler
  readonly history: History
  readonly watch: OwnerWatch
  readonly cluster: Cluster
  readonly #clusterSettings: ClusterSettings
  readonly #seed: number
  readonly #chance: Chance
  readonly #settings: Settings
  readonly #network: Network
  readonly #rows = new ObservedRows()
  readonly #objects: ObservedObjects
  readonly #observer: Observer
  readonly #former = new FormerRows()
  readonly #clients: Client[] = []
  readonly #upkeeps: Upkeep[] = []
  /** Ends the upkeep when clients are done. */
  readonly #done = new AbortController()
  #operationsLeft: number
  #number = 0
  #incarnation = 0
  #violation: unknown

  constructor(seed: number, settings: Settings, keepsTrace: boolean) {
    this.#seed = seed
    this.#settings = settings
    this.#chance = new Chance(seededRandom(seed ^ 0x5eed))
    this.scheduler = new Scheduler({ keepsTrace })
    this.history = new History(this.scheduler)
    this.#network = new Network(this.scheduler, this.#chance, this.#settings)
    this.#objects = new ObservedObjects(this.scheduler)
    this.#observer = new Observer({ rows: this.#rows, objects: this.#objects }, this.history, this.scheduler)
    this.#clusterSettings = drawCluster(seededRandom(seed ^ 0xc1), this.#settings)
    this.watch = new OwnerWatch(this.#rows, this.scheduler)
    this.cluster = new Cluster(this.scheduler, this.#chance, this.#network, (error) => this.#inBackground(error))
    this.#operationsLeft = this.#settings.operationCount
  }

  /** @returns what was broken, if anything was */
  async run(): Promise<string | undefined> {
    try {
      await this.#runUntilQuiet(() => this.#begin())
      this.#heal()
      await this.#runUntilQuiet(() => this.#startFinal())
      return undefined
    } catch (error) {
      if (error instanceof Violation) return error.message
      return `an unexpected error: ${error instanceof Error ? error.stack : String(error)}`
    }
  }

  async #runUntilQuiet(begin: () => void): Promise<void> {
    this.scheduler.after(0, begin)
    await this.scheduler.run(async () => {
      if (this.#violation) throw this.#violation
      await this.#observer.afterStep()
      if (this.#violation) throw this.#violation
    })
  }

  /** Most seeds begin with a collection: what comes before is a small part of what can go wrong. */
  #begin(): void {
    this.scheduler.log(() => JSON.stringify({ ...this.#settings, ...this.#clusterSettings }))
    const startAll = () => {
      for (let slot = 0; slot < this.#settings.processCount; slot++) this.#start(slot)
    }
    if (this.#chance.happens(0.1)) {
      startAll()
      return
    }
    const { settings } = this.#network
    this.#network.settings = calm(settings)
    const { process, engine } = this.#open('first', () => undefined)
    const creating = create(this.#clientOf({ process, engine, seen: new Map() }))
    void creating.then(() => {
      this.#network.settings = settings
      startAll()
    })
  }

  #open(name: string, onCrash: () => void, isNode = false) {
    // Who keeps a lease is only right within bounds of clocks; what owners commit is right by any.
    const rates = isNode && !this.#settings.upkeep ? WILD_RATES : undefined
    const process = new SimProcess(name, this.scheduler, this.#chance, onCrash, rates)
    const random = seededRandom(this.#seed * 1000 + ++this.#incarnation)
    const node = isNode ? this.cluster.open(process, random) : undefined
    const store = cacheSegments(new SimObjectStore(this.#objects, this.#network, process), CACHE_BYTES)
    const rows = this.watch.arrivalsOf(process, node?.node)
    const way = new SimCoordination(rows, this.#network, process, this.#former)
    const coordination = this.watch.hearingOf(process, way)
    const beginReading = () => meteredReading(store, FREE)
    const { backgroundCompaction } = this.#settings
    const engine = openEngine(
      { store, coordination, clock: process, random, beginReading, ...(node && { routing: node }) },
      { workerCount: 0, autoCreate: false, backgroundCompaction, onFailure: (error) => this.#inBackground(error) },
    )
    const { history, scheduler } = this
    const onFailure = (error: unknown) => this.#inBackground(error)
    const upkeep = new Upkeep({ process, engine, coordination, random, history, scheduler, onFailure })
    this.#upkeeps.push(upkeep)
    return { process, engine, upkeep, node }
  }

  /** What fails in the background must be explained by faults as well. */
  #inBackground(error: unknown): void {
    try {
      codeOf(this.history, error)
    } catch (violation) {
      this.#violation ??= violation
    }
  }

  #start(slot: number): void {
    const restart = () => {
      this.scheduler.after(RESTART_MS_MAX * this.#chance.random.number(), () => this.#start(slot))
    }
    const isNode = slot < this.#clusterSettings.nodeCount
    const { process, engine, upkeep, node } = this.#open(`p${slot}.${this.#incarnation}`, restart, isNode)
    if (this.#settings.upkeep) this.#keepUp(upkeep, this.#done.signal)
    const seen: Client['seen'] = new Map()
    const ended = new AbortController()
    // Nodes that have all joined when their first writes come try to own the same shards.
    const joined = node && this.#clusterSettings.joinsFirst ? node.beat() : undefined
    void node?.keepBeating(ended.signal)
    const acting = Array.from({ length: this.#settings.clientsPerProcess }, async () => {
      const client = this.#clientOf({ process, engine, seen })
      try {
        await joined
        await this.#act(client)
      } catch (error) {
        this.#violation ??= error
      }
    })
    void Promise.all(acting).then(async () => {
      ended.abort()
      if (this.#chance.happens(0.5)) await node?.close()
    })
  }

  #clientOf({ process, engine, seen }: Pick<Client, 'process' | 'engine' | 'seen'>): Client {
    const ids = Array.from({ length: this.#settings.idCount }, (_, i) => `d${i}`)
    const client: Client = {
      number: this.#clients.length,
      all: this.#clients,
      versions: new Map(),
      process,
      engine,
      seen,
      ids,
      chance: this.#chance,
      history: this.history,
      scheduler: this.scheduler,
      shardCount: this.#settings.shardCount,
      seemsNewer: (key) => this.#objects.uploadedAgain.has(key),
      nextNumber: () => ++this.#number,
      beside: (acting) => this.#beside(acting),
      session: undefined,
    }
    this.#clients.push(client)
    return client
  }

  async #act(client: Client): Promise<void> {
    while (this.#operationsLeft > 0) {
      const count = Math.min(this.#settings.atOnce, this.#operationsLeft)
      this.#operationsLeft -= count
      const acting = Array.from({ length: count }, () =>
        ACTORS[this.#chance.weighted(this.#settings.weights)]!.act(client),
      )
      await Promise.all(acting)
      const { thinkMs = this.#settings.thinkMs } = this.#clusterSettings
      await client.process.sleep(thinkMs * this.#chance.random.number())
    }
    this.#done.abort()
  }

  /** From here on nothing fails any more. */
  #heal(): void {
    this.#network.settings = calm(this.#settings)
    this.scheduler.log(() => 'HEALED')
  }

  #startFinal(): void {
    const final = this.#open('final', () => undefined)
    const check = async () => {
      if (this.#settings.upkeep) await this.#checkUpkeep(final.process)
      else await final.engine.compactWanted()
      await final.process.sleep(HEALED_MS)
      await checkEnd(this.#clientOf({ ...final, seen: new Map() }), { rows: this.#rows, objects: this.#objects })
    }
    check().catch((error: unknown) => {
      this.#violation ??= error
    })
  }

  /** Whoever of them had crashed, one of those that are left does the upkeep, and one only. */
  async #checkUpkeep(process: SimProcess): Promise<void> {
    const end = new AbortController()
    for (const upkeep of this.#upkeeps) this.#keepUp(upkeep, end.signal)
    await process.sleep(UPKEEP_MS)
    const leads = await Promise.all(this.#upkeeps.filter(({ isAlive }) => isAlive).map((upkeep) => upkeep.leads()))
    const count = leads.filter((leads) => leads).length
    if (count !== 1) fail(`${count} of ${leads.length} processes do the upkeep in the end`)
    end.abort()
  }

  #keepUp(upkeep: Upkeep, signal: AbortSignal): void {
    this.#beside(upkeep.run(signal))
  }

  /** Nobody waits for it, and what it finds broken ends the run. */
  #beside(acting: Promise<void>): void {
    acting.catch((error: unknown) => {
      this.#violation ??= error
    })
  }
}
