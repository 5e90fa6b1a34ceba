import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import { flattenDocument } from '../schema/flatten-document.ts'
import type { Schema } from '../schema/schema.ts'
import { buildSegment } from '../segment/build-segment.ts'
import { INLINE_BYTES_MAX } from './check-batch.ts'
import type { Put } from './plan-writes.ts'
import type { WorkerPool } from './worker-pool.ts'
import type { BuildSegment, BuiltSegment } from './write-group.ts'

/** Documents as a worker takes them: their JSON one after another, in ascending order of ids. */
export type BuildTask = {
  readonly kind: 'build'
  readonly schema: Schema
  readonly name: string
  readonly json: Uint8Array
  /** Where each document ends in `json`. */
  readonly ends: Uint32Array
}

/** Builds segments: large ones in a worker, small ones here. @param pool undefined: everything here */
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
    const task: BuildTask = { kind: 'build', schema, name, json, ends }
    return (await pool.run(task, { transfer: [json.buffer, ends.buffer] })) as BuiltSegment
  }
}

/** Builds the segment of a task, in the worker. */
export function buildTask(analyzers: AnalyzerPool, { schema, name, json, ends }: BuildTask): Promise<BuiltSegment> {
  const puts: Put[] = []
  for (const [i, end] of ends.entries()) {
    const bytes = json.subarray(i === 0 ? 0 : ends[i - 1], end)
    puts.push({ kind: 'put', id: '', json: bytes })
  }
  return buildHere(analyzers, schema, name, puts)
}

async function buildHere(
  analyzers: AnalyzerPool,
  schema: Schema,
  name: string,
  puts: readonly Put[],
): Promise<BuiltSegment> {
  await analyzers.load(schema.fields.flatMap(({ type, language }) => (type === 'text' ? [language] : [])))
  const documents = puts.map(({ id, json, fields }, position) => {
    if (fields) return { id, json, fields }
    const document = JSON.parse(decoder.decode(json)) as { readonly id: string }
    return { id: document.id, json, fields: flattenDocument(schema, document, position).fields }
  })
  return buildSegment({ schema, name, documents, analyzers })
}

const decoder = new TextDecoder()
