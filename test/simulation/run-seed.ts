import { openEngine } from '../../core/engine/open-engine.ts'
import { cacheSegments } from '../../core/library/cache-segments.ts'
import { meteredReading } from '../../core/query/metered-reading.ts'
import { segmentKey } from '../../core/segment/open-segment.ts'
import { shardPrefix } from '../../core/shard/collection.ts'
import { readHead } from '../../core/shard/head.ts'
import { FREE } from '../../core/storage/prices.ts'
import { seededRandom } from '../faults/seeded-random.ts'
import { collect, compact, compactWanted } from './actors/maintain.ts'
import { getDocuments, searchEventually, searchInSession, searchStrongly } from './actors/read.ts'
import { create, createCollection, deleteCollection } from './actors/recreate.ts'
import { deleteOne, writeBatch, writeOnce } from './actors/write.ts'
import { Chance, drawSettings, type Settings } from './chance.ts'
import { type Actor, type Client, codeOf, NAME } from './client.ts'
import { Cluster, type ClusterSettings, drawCluster } from './cluster.ts'
import { NodeProcess } from './cluster-process.ts'
import { OwnerWatch } from './cluster-watch.ts'
import { fail, History, nameOf } from './history.ts'
import { Network } from './network.ts'
import { ObservedObjects, ObservedRows } from './observed-places.ts'
import { Observer } from './observer.ts'
import { FormerRows, SimCoordination, SimObjectStore } from './places.ts'
import { SimProcess } from './process.ts'
import { objectsOf } from './read-version.ts'
import { Scheduler, Violation } from './scheduler.ts'

/** All that clients do, and how often. To add something, write its file and name it here. */
const ACTORS: { readonly [name: string]: { readonly act: Actor; readonly weight: number } } = {
  writeBatch: { act: writeBatch, weight: 10 },
  writeOnce: { act: writeOnce, weight: 2 },
  deleteOne: { act: deleteOne, weight: 3 },
  getDocuments: { act: getDocuments, weight: 4 },
  searchStrongly: { act: searchStrongly, weight: 2 },
  searchInSession: { act: searchInSession, weight: 2 },
  searchEventually: { act: searchEventually, weight: 2 },
  compact: { act: compact, weight: 1.5 },
  compactWanted: { act: compactWanted, weight: 0.3 },
  collect: { act: collect, weight: 1.5 },
  deleteCollection: { act: deleteCollection, weight: 0.3 },
  createCollection: { act: createCollection, weight: 1.2 },
}

const RESTART_MS_MAX = 5_000
const CACHE_BYTES = 4 * 1024 * 1024
/** Past the hour after which an announced deletion that never began is called off, whatever the skew of clocks. */
const HEALED_MS = 24 * 3_600_000

export type SeedReport = {
  readonly seed: number
  /** What was broken, if anything was. */
  readonly violation: string | undefined
  /** Of everything that happened: the same for the same seed and code. */
  readonly digest: string
  readonly trace: readonly string[]
  readonly steps: number
  readonly commits: number
  readonly acknowledged: number
  /** Writes that one node did for another; changes of owners; commits of owners, and beside them. */
  readonly owners: OwnerWatch['seen'] & { readonly forwarded: number }
}

/** Runs the simulation of one seed to its end, or to the first violation. */
export async function runSeed(seed: number, options: { readonly keepsTrace?: boolean } = {}): Promise<SeedReport> {
  const world = new World(seed, options.keepsTrace ?? false)
  const violation = await world.run()
  const { scheduler, history } = world
  const commits = [...history.shards.values()].reduce((sum, { versions }) => sum + versions.length - 1, 0)
  const acknowledged = history.writes.filter(({ outcome }) => outcome === 'acknowledged').length
  return {
    seed,
    violation,
    digest: scheduler.digest(),
    trace: scheduler.trace,
    steps: scheduler.step,
    commits,
    acknowledged,
    owners: { ...world.watch.seen, forwarded: world.cluster.forwarded },
  }
}

/** The settings that a seed draws. */
export function settingsOf(seed: number): Settings {
  return drawSettings(
    new Chance(seededRandom(seed)),
    Object.fromEntries(Object.entries(ACTORS).map(([name, { weight }]) => [name, weight])),
  )
}

/** The same without faults. */
function calm(settings: Settings): Settings {
  const none = { slow: 0, lostRequest: 0, lostReply: 0, throttled: 0, repeated: 0, zombie: 0, crash: 0, stall: 0 }
  return { ...settings, ...none, staleRead: 0 }
}

class World {
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
  readonly #processes: SimProcess[] = []
  #operationsLeft: number
  #number = 0
  #incarnation = 0
  #violation: unknown

  constructor(seed: number, keepsTrace: boolean) {
    this.#seed = seed
    this.#settings = settingsOf(seed)
    this.#chance = new Chance(seededRandom(seed ^ 0x5eed))
    this.scheduler = new Scheduler({ keepsTrace })
    this.history = new History(this.scheduler)
    this.#network = new Network(this.scheduler, this.#chance, this.#settings)
    this.#objects = new ObservedObjects({ now: () => Date.UTC(2026, 0, 1) + Math.round(this.scheduler.nowMs) })
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
    if (this.#chance.happens(0.2)) {
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
    const Process = isNode ? NodeProcess : SimProcess
    const process = new Process(name, this.scheduler, this.#chance, onCrash)
    this.#processes.push(process)
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
    return { process, engine, node }
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
    const { process, engine, node } = this.#open(`p${slot}.${this.#incarnation}`, restart, isNode)
    const seen: Client['seen'] = new Map()
    const ended = new AbortController()
    // Nodes that have all joined when their first writes come try to own the same shards.
    const joined = node && this.#clusterSettings.joinsFirst ? node.beat() : undefined
    void node?.keepBeating(ended.signal)
    const acting = Array.from({ length: this.#settings.clientsPerProcess }, async () => {
      try {
        await joined
        await this.#act(this.#clientOf({ process, engine, seen }))
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
    return {
      process,
      engine,
      seen,
      ids,
      chance: this.#chance,
      history: this.history,
      scheduler: this.scheduler,
      shardCount: this.#settings.shardCount,
      nextNumber: () => ++this.#number,
      session: undefined,
    }
  }

  async #act(client: Client): Promise<void> {
    while (this.#operationsLeft > 0) {
      this.#operationsLeft--
      await ACTORS[this.#chance.weighted(this.#settings.weights)]!.act(client)
      const { thinkMs = this.#settings.thinkMs } = this.#clusterSettings
      await client.process.sleep(thinkMs * this.#chance.random.number())
    }
  }

  /** From here on nothing fails any more. */
  #heal(): void {
    this.#network.settings = calm(this.#settings)
    this.scheduler.log(() => 'HEALED')
  }

  #startFinal(): void {
    const { process, engine } = this.#open('final', () => undefined)
    const check = async () => {
      await process.sleep(HEALED_MS)
      await engine.collectGarbage()
      await engine.settle()
      await this.#checkEnd(engine)
      await this.#checkSpace(engine)
      this.history.checkEnd()
    }
    check().catch((error: unknown) => {
      this.#violation ??= error
    })
  }

  /** Every collection that was not deleted is found by its name, with what was committed to it last. */
  async #checkEnd(engine: Client['engine']): Promise<void> {
    const shards = [...this.history.shards.values()].filter(({ deleted }) => !deleted)
    const written = shards.filter(({ introduced }) => introduced.size > 0)
    if (written.length === 0) return
    const [{ uid }] = written as [(typeof written)[0]]
    const other = written.find((shard) => shard.uid !== uid)
    if (other) fail(`${nameOf(other)} and ${uid} both hold documents, and there is but one name`)
    const expected = shards
      .filter((shard) => shard.uid === uid)
      .flatMap(({ versions }) => [...versions.at(-1)!.documents])
      .sort(([a], [b]) => (a < b ? -1 : 1))
    const ids = expected.map(([id]) => id)
    const found = await engine.getDocuments(NAME, ids).catch((error: unknown) => {
      fail(`${uid} holds documents, and reading it by its name fails: ${String(error)}`)
    })
    const numbers = found.map((document) => document?.n)
    if (String(numbers) !== String(expected.map(([, n]) => n))) {
      fail(`at the end ${expected.join(' ')} were found as ${numbers}`)
    }
  }

  /** Of what lives, nothing is stored that no version needs once nobody is at work and nothing old is kept. */
  async #checkSpace(engine: Client['engine']): Promise<void> {
    await engine.collectGarbage({ retention_ms: 0 })
    for (const shard of this.history.shards.values()) {
      if (shard.deleted) continue
      const prefix = shardPrefix(shard)
      const needed = new Set(objectsOf(prefix, shard.versions.at(-1)!.manifest))
      // What waits in the head, left by a process that crashed, is needed by whoever writes next.
      const { pending } = await readHead({ coordination: this.#rows, store: this.#objects }, shard)
      for (const { file } of pending) if (file) needed.add(segmentKey(prefix, file.name))
      for await (const { key } of this.#objects.list(prefix)) {
        const isData = key.startsWith(`${prefix}seg/`) || key.startsWith(`${prefix}tombs/`)
        if (isData && !needed.has(key)) fail(`${key} is left for ever, and nothing needs it`)
      }
    }
  }
}
