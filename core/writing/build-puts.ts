import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import { isAnalysed } from '../fields/kinds.ts'
import { flattenDocument } from '../schema/flatten-document.ts'
import type { Schema } from '../schema/schema.ts'
import { type BuiltSegment, buildSegment, type IndexableDocument } from '../segment/write/build-segment.ts'
import type { WorkerPool } from '../threads/worker-pool.ts'
import { INLINE_BYTES_MAX } from './check-batch.ts'
import type { Put } from './plan-writes.ts'
import type { BuildSegment } from './segment-upload.ts'

/** The build of a segment, as a worker receives it: the JSON of the documents one after another, in ascending order of ids. */
export type BuildTask = {
  readonly kind: 'build'
  readonly schema: Schema
  readonly name: string
  readonly ids: readonly string[]
  readonly json: Uint8Array
  /** End of each document in `json`. */
  readonly ends: Uint32Array
}

/** Builds segments: large ones in a worker, small ones in this thread. @param pool undefined builds all of them in this thread */
export function segmentBuilder(analyzers: AnalyzerPool, pool: WorkerPool | undefined): BuildSegment {
  return async ({ schema, name, puts }) => {
    const byteSize = puts.reduce((sum, { json }) => sum + json.length, 0)
    const isSmall = byteSize <= INLINE_BYTES_MAX && puts.every(({ fields }) => fields !== undefined)
    if (isSmall || !pool) return buildHere(analyzers, schema, name, puts)
    const json = new Uint8Array(byteSize)
    const ends = new Uint32Array(puts.length)
    let end = 0
    for (const [i, put] of puts.entries()) {
      json.set(put.json, end)
      end += put.json.length
      ends[i] = end
    }
    const task: BuildTask = { kind: 'build', schema, name, ids: puts.map(({ id }) => id), json, ends }
    return (await pool.run(task, { transfer: [json.buffer, ends.buffer] })) as BuiltSegment
  }
}

/** Builds the segment of a task in a worker. */
export function buildTask(
  analyzers: AnalyzerPool,
  { schema, name, ids, json, ends }: BuildTask,
): Promise<BuiltSegment> {
  const puts: Put[] = []
  for (const [i, end] of ends.entries()) {
    puts.push({ kind: 'put', id: ids[i]!, json: json.subarray(i === 0 ? 0 : ends[i - 1], end) })
  }
  return buildHere(analyzers, schema, name, puts)
}

async function buildHere(
  analyzers: AnalyzerPool,
  schema: Schema,
  name: string,
  puts: readonly Put[],
): Promise<BuiltSegment> {
  await analyzers.load(schema.fields.filter(isAnalysed).map(({ language }) => language))
  const documents = puts.map((put, position) => indexable(schema, put, position))
  return buildSegment({ schema, name, documents, analyzers })
}

/** Computes the fields only when they are read, document by document: those of all documents take ten times the memory of the JSON. */
function indexable(schema: Schema, { id, json, fields }: Put, position: number): IndexableDocument {
  return {
    id,
    json,
    get fields() {
      return fields ?? flattenDocument(schema, JSON.parse(decoder.decode(json)), position).fields
    },
  }
}

const decoder = new TextDecoder()
