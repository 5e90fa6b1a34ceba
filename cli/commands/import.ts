import { readFile } from 'node:fs/promises'
import type { Warning } from '../../core/contract/search-request.ts'
import type { CollectionInfo, Engine, SchemaDeclaration } from '../../core/engine/engine.ts'
import { ConflictError, InvalidRequestError, NotFoundError } from '../../core/errors.ts'
import { type BatchReport, type ImportFailure, importDocuments } from '../../core/open/import-documents.ts'
import { openPlace } from '../../core/open/open.ts'
import { parseJson } from '../../core/schema/strict-json.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { fieldTypes } from '../input/field-types.ts'
import { explainFile } from '../input/file-failure.ts'
import { type Input, openInput } from '../input/open-input.ts'
import { formatOfName, readDocuments, readFormat } from '../input/read-documents.ts'
import { type Arguments, expectPositionals, usage, wholeNumber } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { formatBytes, formatCount, formatDuration, formatThings } from '../terminal/human-units.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { showWarnings } from '../terminal/show-warnings.ts'

const FORM = 'import COLLECTION FILE…'
/** Maximum number of failed documents that are shown individually; the rest are counted. */
const FAILURES_SHOWN_MAX = 20
/** Maximum warnings of the whole import. */
const WARNINGS_MAX = 100

export const importFiles: Command = {
  form: FORM,
  summary: 'Writes the documents of files into a collection',
  details: `Files are JSON Lines, JSON (a list, or documents one after another) or CSV with a first
row of names, each gzipped or not; - is standard input. A document replaces the stored one with
the same id. Lines that cannot be read or do not fit the schema are listed, the others are
written, and the exit status is 1.

Ctrl-C finishes the batch under way and says how many documents were written.`,
  examples: [
    'prism import books books.jsonl',
    'prism import films films.csv.gz --id imdb_id',
    'zcat dump.gz | prism import logs - --url http://127.0.0.1:3080',
    'prism import books books.jsonl --shards 4 --schema schema.json',
  ],
  options: {
    id: { type: 'string', value: 'FIELD', help: 'field that becomes the id' },
    format: { type: 'string', value: 'FORMAT', help: 'jsonl, json, csv or tsv (default: by the name of the file)' },
    schema: { type: 'string', value: 'FILE', help: 'schema as JSON, for a new collection' },
    shards: { type: 'string', value: 'N', help: 'number of shards, for a new collection' },
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 2, Number.POSITIVE_INFINITY)
    readFormat(args.strings.format)
    for (const file of args.positionals.slice(1)) formatOfName(file)
    let bytesRead = 0
    const onRead = (bytes: number): void => {
      bytesRead += bytes
    }
    const inputs = await Promise.all(args.positionals.slice(1).map((name) => openInput(name, terminal, onRead)))
    const place = findPlace(args, terminal)
    const engine = await openPlace('url' in place ? place : { ...place, cacheBytes: CACHE_BYTES })
    try {
      return await run(engine, inputs, args, terminal, () => bytesRead)
    } finally {
      await engine.close()
    }
  },
}

/** Small, because an import does not search. */
const CACHE_BYTES = 64 * 1024 * 1024

type Totals = {
  indexed: number
  failed: number
  warnings: Warning[]
  failures: (ImportFailure & { file: string })[]
}

async function run(
  engine: Engine,
  inputs: readonly Input[],
  args: Arguments,
  terminal: Terminal,
  bytesRead: () => number,
): Promise<0 | 1> {
  const collection = args.positionals[0]!
  const types = fieldTypes(await prepareCollection(engine, collection, args))
  const startedMs = systemClock.monotonic()
  const totals: Totals = { indexed: 0, failed: 0, warnings: [], failures: [] }
  const bar = openProgressBar(terminal, systemClock)
  const sizes = inputs.map(({ byteSize }) => byteSize)
  const bytesTotal = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  try {
    for (const input of inputs) {
      if (terminal.signal.aborted) break
      const source = readDocuments(input, { format: readFormat(args.strings.format), idField: args.strings.id, types })
      await importDocuments(engine, collection, source, {
        clock: systemClock,
        random: systemRandom,
        signal: terminal.signal,
        onBatch: (report) => {
          addUp(totals, report, input.name)
          bar.draw({ documents: totals.indexed, bytesRead: bytesRead(), bytesTotal })
        },
      })
    }
  } catch (error) {
    bar.clear()
    if (totals.indexed > 0)
      terminal.err.write(`prism: stopped by an error; ${formatThings(totals.indexed, 'document')} are in\n`)
    throw error
  }
  bar.clear()
  tell(totals, { collection, durationMs: systemClock.monotonic() - startedMs, bytes: bytesRead() }, args, terminal)
  return totals.failed > 0 || terminal.signal.aborted ? 1 : 0
}

/** Creates the collection if options describe it. An existing collection must match these options. */
async function prepareCollection(engine: Engine, name: string, args: Arguments): Promise<CollectionInfo | undefined> {
  const shards = wholeNumber(args, 'shards', 1, 256)
  const { schema: file } = args.strings
  if (shards === undefined && file === undefined) return find(engine, name)
  const schema = file === undefined ? undefined : await readSchema(file)
  try {
    return await engine.createCollection(name, { ...(shards !== undefined && { shards }), ...(schema && { schema }) })
  } catch (error) {
    if (!(error instanceof ConflictError)) throw error
    const found = await engine.getCollection(name)
    if (schema === undefined && found.shards === shards) return found
    throw usage(`${name} exists already: --schema and --shards are for a new collection`)
  }
}

async function find(engine: Engine, name: string): Promise<CollectionInfo | undefined> {
  try {
    return await engine.getCollection(name)
  } catch (error) {
    if (error instanceof NotFoundError) return undefined
    throw error
  }
}

async function readSchema(file: string): Promise<SchemaDeclaration> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw explainFile(file, error)
  })
  const schema = parseJson(bytes, { what: file })
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) return schema as SchemaDeclaration
  throw new InvalidRequestError('invalid_schema', `${file}: expected an object with "fields"`)
}

function addUp(totals: Totals, report: BatchReport, file: string): void {
  totals.indexed += report.indexed
  totals.failed += report.failures.length
  for (const failure of report.failures) {
    if (totals.failures.length < FAILURES_SHOWN_MAX) totals.failures.push({ ...failure, file })
  }
  totals.warnings.push(...report.warnings.slice(0, WARNINGS_MAX - totals.warnings.length))
}

type Outcome = { readonly collection: string; readonly durationMs: number; readonly bytes: number }

function tell(totals: Totals, { collection, durationMs, bytes }: Outcome, args: Arguments, terminal: Terminal): void {
  const { indexed, failed, failures, warnings } = totals
  const interrupted = terminal.signal.aborted
  if (args.flags.has('json')) {
    const outcome = { collection, indexed, failed, interrupted, took_ms: Math.round(durationMs), bytes_read: bytes }
    const errors = failures.map(({ file, place, id, error }) => ({ file, line: place, id, error }))
    terminal.out.write(`${JSON.stringify({ ...outcome, errors, warnings: warnings.map(({ message }) => message) })}\n`)
    return
  }
  showWarnings(terminal, warnings)
  for (const { file, place, error } of failures) terminal.err.write(`${file}:${place}: ${error.message}\n`)
  if (failed > failures.length) terminal.err.write(`… and ${formatCount(failed - failures.length)} more\n`)
  const rate = formatCount(Math.round((indexed * 1000) / Math.max(durationMs, 1)))
  const facts = `${formatDuration(durationMs)}, ${rate} documents/s, ${formatBytes(bytes)} read`
  terminal.out.write(`${formatThings(indexed, 'document')} into ${collection} in ${facts}\n`)
  if (failed > 0) terminal.err.write(`${formatThings(failed, 'document')} failed\n`)
  if (interrupted) terminal.err.write('interrupted: those are in; the same command again brings the rest\n')
}
