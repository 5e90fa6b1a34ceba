import { segmentKey } from '../../core/segment/read/open-segment.ts'
import { shardPrefix } from '../../core/version/collection.ts'
import { readHead } from '../../core/version/head.ts'
import { type Client, NAME } from './actors/client.ts'
import { search } from './actors/search.ts'
import { readVersioned } from './actors/write-conditionally.ts'
import { fail, nameOf } from './history/known-shard.ts'
import { keptVersions } from './history/observer.ts'
import { objectsOf } from './history/read-version.ts'
import type { ObservedObjects, ObservedRows } from './processes/observed-places.ts'

type Places = { readonly rows: ObservedRows; readonly objects: ObservedObjects }

/**
 * What has to hold when nobody is at work any more and nothing fails:
 *
 * - every collection that was not deleted is found by its name, with what was committed to it last;
 * - its snapshots read as what they were made of;
 * - some order of the operations on a document explains all answers;
 * - work that was announced is done;
 * - nothing is stored that neither the newest versions nor snapshots need, and nothing without the snapshots either.
 */
export async function checkEnd(client: Client, places: Places): Promise<void> {
  const { engine, history } = client
  await engine.collectGarbage()
  await engine.settle()
  await checkNewest(client)
  await checkSnapshots(client)
  await checkOperations(client)
  for await (const row of places.rows.query('work', '', { consistent: true })) fail(`${row.sk} was never done`)
  await checkSpace(client, places)
  for (const { name } of history.snapshots.current) {
    history.snapshots.beginDeleting(name)
    await engine.deleteSnapshot(NAME, name)
  }
  await checkSpace(client, places)
  history.checkEnd()
}

async function checkNewest({ engine, history }: Client): Promise<void> {
  const shards = [...history.shards.values()].filter(({ deleted }) => !deleted)
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

async function checkSnapshots(client: Client): Promise<void> {
  const { history, scheduler } = client
  for (const { name, uid } of history.snapshots.current) {
    const found = await search(client, { snapshot: name })
    if (!found || 'refusal' in found || found.answer.shards.failed > 0) {
      return fail(`snapshot ${name} of ${uid} cannot be read at the end`)
    }
    history.snapshots.wasRead(name, uid, { versions: found.answer.snapshot.versions, fromStep: scheduler.step })
  }
}

/** A collection that was deleted took the documents with it, which no operation of theirs says. */
async function checkOperations(client: Client): Promise<void> {
  const { history } = client
  if ([...history.shards.values()].some(({ deleted }) => deleted)) return
  await readVersioned(client)
  const unexplained = history.operations.unexplained()
  if (unexplained !== undefined) fail(unexplained)
}

async function checkSpace({ engine, history }: Client, { rows, objects }: Places): Promise<void> {
  // Who has pinned a version, the first run only hears of.
  for (let run = 0; run < 2; run++) await engine.collectGarbage({ retention_ms: 0 })
  for (const shard of history.shards.values()) {
    if (shard.deleted) continue
    const prefix = shardPrefix(shard)
    const { pins, pending } = await readHead({ coordination: rows, store: objects }, shard)
    const needed = new Set([
      ...keptVersions(history, shard).flatMap(({ manifest }) => objectsOf(prefix, manifest)),
      // A write that waits is taken along by the next one, whenever that comes.
      ...pending.flatMap(({ file }) => (file ? segmentKey(prefix, file) : [])),
    ])
    for await (const { key } of objects.list(prefix)) {
      if (!key.startsWith(`${prefix}committed/`) && !needed.has(key))
        fail(`${key} is left for ever, and nothing needs it`)
    }
    const nobodys = pins.find(({ holder }) => !history.snapshots.current.some((one) => one.holder === holder))
    if (nobodys) fail(`version ${nobodys.version} of ${nameOf(shard)} is pinned for ever by ${nobodys.holder}`)
  }
}
