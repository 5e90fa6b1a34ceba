import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Listening, listen } from '../../cli/commands/listen.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { OutcomeUnknownError } from '../../core/errors.ts'
import { createApp } from '../../core/http/create-app.ts'
import { openFolder } from '../../core/open/open-folder.ts'
import { file, newFolder, prism } from './terminal.ts'

/** Documents that fill a batch: 8 MB. */
const BATCH = 8
/** One batch more than is read ahead while two are written. */
const DOCUMENTS = 4 * BATCH
/** Only stores the documents, because large ones take long to index. */
const SCHEMA = { fields: {}, dynamic: false } as const

const TEXT = 'sea '.repeat(225_000)

let engine: Engine
let server: Listening
let stop: AbortController
/** Called with the number of each batch that reaches the server, from 1, before it is written. */
let onBatch: (batch: number) => void
let batches: number

beforeEach(async () => {
  engine = await openFolder(join(await newFolder(), 'data'))
  stop = new AbortController()
  onBatch = () => undefined
  batches = 0
  const observed: Engine = {
    ...engine,
    writeDocuments: async (...call) => {
      onBatch(++batches)
      return engine.writeDocuments(...call)
    },
  }
  server = await listen(createApp(observed).fetch, { host: '127.0.0.1', port: 0 })
})

afterEach(async () => {
  await server.close()
  await engine.close()
})

describe('an import that is interrupted', () => {
  beforeEach(async () => {
    await engine.createCollection('many', { schema: SCHEMA })
  })

  test('says how many documents are in, and that the same command brings each once', async () => {
    const path = await file(
      await newFolder(),
      'many.jsonl',
      linesOf((i) => ({ id: `${i}`, text: TEXT })),
    )
    onBatch = (batch) => batch === 2 && stop.abort()
    const { status, out, err } = await importOf(path)
    const [, told] =
      /^interrupted: ([\d,]+) documents are in; the same command again writes the rest, and no document twice\n$/.exec(
        err,
      )!

    expect(status).toBe(1)
    expect(out).toContain(`${told} documents into many in `)
    expect(count(told!)).toBe(await total())
    expect(count(told!)).toBeLessThan(DOCUMENTS)
    stop = new AbortController()
    expect((await importOf(path)).status).toBe(0)
    expect(await total()).toBe(DOCUMENTS)
  })

  test('says how many documents the same command would write twice, because Prism made their ids', async () => {
    const withoutId = (i: number) => ({ ...(i % 2 === 0 && { id: `${i}` }), text: TEXT })
    const path = await file(await newFolder(), 'many.jsonl', linesOf(withoutId))
    onBatch = (batch) => batch === 2 && stop.abort()
    const { err } = await importOf(path)
    const [, told, made] =
      /^interrupted: (\S+) documents are in, (\S+) without an id of their own; the same command again would write those twice: import only the rest\n$/.exec(
        err,
      )!

    expect(count(told!)).toBe(await total())
    stop = new AbortController()
    await importOf(path)
    expect(await total()).toBe(DOCUMENTS + count(made!))
  })
})

describe('an import that an error ends', () => {
  test('counts the batches whose writes were under way', async () => {
    const lines = linesOf((i) => ({ id: `${i}`, text: TEXT }))
    const path = await file(await newFolder(), 'many.jsonl', Buffer.concat([Buffer.from(lines), Buffer.from([0xff])]))
    const schema = await file(await newFolder(), 'schema.json', JSON.stringify(SCHEMA))
    const { status, err } = await importOf(path, '--schema', schema)
    const [, told] =
      /^stopped by an error: (\S+) documents are in; the same command again, without --schema, writes the rest/m.exec(
        err,
      )!

    expect(status).toBe(1)
    expect(err).toContain(`prism: ${path} is not UTF-8: byte 0xFF in line ${DOCUMENTS + 1}; `)
    expect(count(told!)).toBe(await total())
  })

  test('says that the last batch may be in if that is unknown', async () => {
    const path = await file(await newFolder(), 'one.jsonl', '{"id":"1"}')
    onBatch = () => {
      stop.abort()
      throw new OutcomeUnknownError('outcome_unknown', 'no reply')
    }
    const { err } = await importOf(path)

    expect(err).toMatch(
      /^stopped by an error: no document is in; whether the last batch is in as well is unknown\nprism: /,
    )
  })
})

function importOf(path: string, ...more: string[]) {
  return prism(['import', 'many', path, '--url', server.address, ...more], { signal: stop.signal })
}

async function total(): Promise<number> {
  return (await engine.count('many', {})).count
}

function count(told: string): number {
  return Number(told.replaceAll(',', ''))
}

function linesOf(documentOf: (i: number) => object): string {
  return Array.from({ length: DOCUMENTS }, (_, i) => `${JSON.stringify(documentOf(i))}\n`).join('')
}
