import { readFile } from 'node:fs/promises'
import type { CollectionInfo, Engine, SchemaDeclaration } from '../../core/engine/engine.ts'
import { ConflictError, InvalidRequestError, NotFoundError } from '../../core/errors.ts'
import { importDocuments } from '../../core/open/import-documents.ts'
import { openPlace } from '../../core/open/open.ts'
import { parseJson } from '../../core/schema/strict-json.ts'
import { systemClock } from '../../core/system-clock.ts'
import { systemRandom } from '../../core/system-random.ts'
import { fieldTypes } from '../input/field-types.ts'
import { explainFile } from '../input/file-failure.ts'
import { type Input, openInput } from '../input/open-input.ts'
import { formatOfName, readDelimiter, readDocuments, readFormat } from '../input/read-documents.ts'
import { readEncoding } from '../input/to-utf8.ts'
import { type Arguments, expectPositionals, usage, wholeNumber } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'
import { openProgressBar } from '../terminal/progress-bar.ts'
import { addUp, noTotals, note, showOutcome, showStopped } from './import-outcome.ts'

const FORM = 'import COLLECTION FILE…'

export const importFiles: Command = {
  form: FORM,
  summary: 'Writes the documents of files into a collection',
  details: `Files are JSON Lines, JSON (a list, or documents one after another) or CSV with a first
row of names, each gzipped or not; - is standard input. A document replaces the stored one with
the same id. Lines that cannot be read or do not fit the schema are listed, the others are
written, and the exit status is 1. What separates the cells of a table is found from its first
row and said, unless --delimiter gives it.

Ctrl-C finishes the batches under way, says how many documents are in, and whether the same
command again would write some of them twice: documents without an id.`,
  examples: [
    'prism import books books.jsonl',
    'prism import films films.csv.gz --id imdb_id',
    "prism import staff staff.csv --delimiter ';'",
    'prism import staff staff.csv --encoding windows-1252',
    'zcat dump.gz | prism import logs - --url http://127.0.0.1:3080',
    'prism import books books.jsonl --shards 4 --schema schema.json',
  ],
  options: {
    id: { type: 'string', value: 'FIELD', help: 'field that becomes the id' },
    format: { type: 'string', value: 'FORMAT', help: 'jsonl, json, csv or tsv (default: by the name of the file)' },
    delimiter: { type: 'string', value: 'CHAR', help: 'what separates cells, or tab (default: by the first row)' },
    encoding: {
      type: 'string',
      value: 'NAME',
      help: 'utf-16le, utf-16be, latin1 or windows-1252 (default: utf-8)',
    },
    schema: { type: 'string', value: 'FILE', help: 'schema as JSON, for a new collection' },
    shards: { type: 'string', value: 'N', help: 'number of shards, for a new collection' },
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 2, Number.POSITIVE_INFINITY)
    readFormat(args.strings.format)
    readDelimiter(args.strings.delimiter)
    for (const file of args.positionals.slice(1)) formatOfName(file)
    const encoding = readEncoding(args.strings.encoding)
    let bytesRead = 0
    const onRead = (bytes: number): void => {
      bytesRead += bytes
    }
    const names = args.positionals.slice(1)
    const inputs = await Promise.all(names.map((name) => openInput(name, terminal, onRead, encoding)))
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
  const totals = noTotals()
  const again = `the same command again${args.strings.schema === undefined ? '' : ', without --schema,'}`
  const bar = openProgressBar(terminal, systemClock)
  const sizes = inputs.map(({ byteSize }) => byteSize)
  const bytesTotal = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0)
  try {
    for (const input of inputs) {
      if (terminal.signal.aborted) break
      const source = readDocuments(input, {
        format: readFormat(args.strings.format),
        delimiter: readDelimiter(args.strings.delimiter),
        idField: args.strings.id,
        types,
        onNote: (message) => note(totals, `${input.name}: ${message}`),
      })
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
    showStopped(totals, error, again, terminal)
    throw error
  }
  bar.clear()
  const outcome = { collection, durationMs: systemClock.monotonic() - startedMs, bytes: bytesRead(), again }
  showOutcome(totals, outcome, terminal, args.flags.has('json') ? 'json' : 'text')
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
