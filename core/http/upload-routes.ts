import { uploadAnswer } from '../contract/answer-shapes.ts'
import { BATCH_DOCUMENTS_MAX, BATCH_SIZE } from '../contract/limits.ts'
import { readShape } from '../contract/read-shape.ts'
import { readBatch, uploadRequest } from '../contract/write-shapes.ts'
import type { Engine, OperationsAnswer, WriteAnswer, WriteOptions } from '../engine/engine.ts'
import { parseJson, parseNdjson } from '../schema/strict-json.ts'
import { parseJsonBody } from './parse-body.ts'
import type { Route } from './route.ts'
import { tooLarge, unpackBody } from './transfer/read-body.ts'
import type { Holding } from './transfer/request-memory.ts'
import { writeBatch } from './write-batch.ts'
import { writeLines } from './write-lines.ts'

/** Routes of uploads: batches that bypass the server, for platforms that take only small bodies. */
export function uploadRoutes(engine: Engine): Route[] {
  return [
    {
      method: 'POST',
      path: '/collections/:collection/uploads',
      operation: 'createUpload',
      tag: 'documents',
      summary: 'Get an address for a large batch: PUT it there, then write it by its name',
      body: { name: 'Upload', shape: uploadRequest, required: true, example: { format: 'ndjson', bytes: 1_048_576 } },
      answer: { status: 200, description: 'Where to put the batch', name: 'UploadTicket', shape: uploadAnswer },
      handle: async (request) => {
        const { format = 'ndjson', bytes } = readShape(uploadRequest, await parseJsonBody(request), 'the upload')
        return { json: await engine.createUpload(request.params.collection!, { format, bytes }) }
      },
    },
  ]
}

/**
 * Writes a batch that a client has uploaded, compressed or not. Repeating the request is safe, because generated ids are
 * derived from the name of the upload.
 *
 * @throws {LimitExceededError} if the batch exceeds the limits, compressed or decompressed
 */
export async function writeUploaded(
  engine: Engine,
  collection: string,
  { upload, held, ...options }: WriteOptions & { readonly upload: string; readonly held: Holding },
): Promise<WriteAnswer | OperationsAnswer> {
  const { format, bytes: sent } = await engine.readUpload(collection, upload, BATCH_SIZE.bytesMax)
  if (sent.length > BATCH_SIZE.bytesMax) throw tooLarge(BATCH_SIZE.bytesMax)
  held.take(sent.length)
  const bytes = isGzip(sent) ? await unpackBody(sent, { bytesMax: BATCH_SIZE.bytesMax, held }) : sent
  const write = { idempotencyKey: upload, ...options }
  if (format === 'ndjson') {
    return writeLines(engine, collection, parseNdjson(bytes, { ...BATCH_SIZE, linesMax: BATCH_DOCUMENTS_MAX }), write)
  }
  return writeBatch(engine, collection, readBatch(parseJson(bytes, BATCH_SIZE), 'the uploaded batch'), write)
}

/** RFC 1952: no JSON begins like this. */
function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}
