import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { ByteWriter } from '../../bytes/byte-writer.ts'
import { corrupt } from '../../bytes/checksum.ts'
import { ownBytes } from '../../bytes/own-bytes.ts'
import { VarintReader } from '../../bytes/varint-reader.ts'

/**
 * JSON bytes that fill a block. Blocks of 4 KB would be enough for fetching, but
 * zlib's set-up costs 20 µs per block to inflate and 50 µs to deflate, and 8 KB take
 * hardly longer. docs/decisions has the measurements.
 */
export const DOCUMENT_BLOCK_BYTES = 8 * 1024

/** Compressed bytes that fill a group of blocks, which is what one document's read fetches. */
export const DOCUMENT_GROUP_BYTES = 6 * 1024

/** Most documents in a block, however small they are. */
export const BLOCK_DOCS_MAX = 1024

/** How hard to compress: `fast` for new documents, `small` for the output of large compactions. */
export type Effort = 'fast' | 'small'

/** At this block size zlib's set-up takes most of the time, so level 2 is as fast as 1. Level 6 saves 5 % and takes twice as long. */
const DEFLATE_LEVELS = { fast: 2, small: 6 } as const

const STORED = 0
const DEFLATED = 1
/** Larger than any valid block, which holds one document of at most 1 MB and a few bytes more. */
const RAW_BYTES_MAX = 64 * 1024 * 1024

/** Compressed blocks that are fetched together. */
export type DocumentGroup = {
  /** For each block the number of documents before it in the group, then the number of all. */
  readonly docStarts: Uint32Array
  readonly rawSizes: Uint32Array
  readonly codecs: Uint8Array
  readonly blocks: readonly Uint8Array[]
}

/** Gathers documents into blocks and blocks into a group. */
export class DocumentGroupWriter {
  readonly #options: { readonly level: number; readonly dictionary: Uint8Array; readonly chunkSize: number }
  readonly #sizes = new ByteWriter(4096)
  readonly #json = new ByteWriter(2 * DOCUMENT_BLOCK_BYTES)
  #docs = 0
  #header: number[] = []
  #blocks: Uint8Array[] = []
  #blockBytes = 0
  #groupDocs = 0

  constructor(dictionary: Uint8Array, effort: Effort) {
    this.#options = { level: DEFLATE_LEVELS[effort], dictionary, chunkSize: DOCUMENT_BLOCK_BYTES }
  }

  /** Adds a document. If the group is full, returns it and begins the next one. */
  add(json: Uint8Array): { body: Uint8Array; docCount: number } | undefined {
    // A document that does not fit begins a new block, so that the current one stays small.
    if (this.#docs > 0 && this.#json.length + json.length > DOCUMENT_BLOCK_BYTES) this.#closeBlock()
    this.#sizes.varint(json.length)
    this.#json.append(json)
    this.#docs++
    if (this.#json.length >= DOCUMENT_BLOCK_BYTES || this.#docs === BLOCK_DOCS_MAX) this.#closeBlock()
    return this.#blockBytes >= DOCUMENT_GROUP_BYTES ? this.finish() : undefined
  }

  /** Ends the current group and returns it; undefined if it is empty. */
  finish(): { body: Uint8Array; docCount: number } | undefined {
    if (this.#docs > 0) this.#closeBlock()
    if (this.#blocks.length === 0) return undefined
    const out = new ByteWriter(this.#blockBytes + 64)
    out.varint(this.#blocks.length)
    for (const number of this.#header) out.varint(number)
    for (const block of this.#blocks) out.append(block)
    const docCount = this.#groupDocs
    this.#header = []
    this.#blocks = []
    this.#blockBytes = 0
    this.#groupDocs = 0
    return { body: out.take(), docCount }
  }

  #closeBlock(): void {
    this.#sizes.append(this.#json.take())
    const raw = this.#sizes.take()
    const deflated = deflateRawSync(raw, this.#options)
    const codec = deflated.length < raw.length ? DEFLATED : STORED
    const block = codec === DEFLATED ? deflated : raw
    this.#header.push(this.#docs, codec, raw.length, block.length)
    this.#blocks.push(block)
    this.#blockBytes += block.length
    this.#groupDocs += this.#docs
    this.#docs = 0
  }
}

/**
 * Finds the blocks of a group; nothing is inflated yet.
 *
 * @throws {CorruptDataError} if `body` is not a group of `docCount` documents
 */
export function openDocumentGroup(body: Uint8Array, docCount: number, source: string): DocumentGroup {
  const reader = new VarintReader(body)
  const count = reader.next()
  if (count > body.length) throw corrupt(source, `has ${count} blocks in ${body.length} bytes`)
  const docStarts = new Uint32Array(count + 1)
  const rawSizes = new Uint32Array(count)
  const codecs = new Uint8Array(count)
  const sizes: number[] = []
  for (let b = 0; b < count; b++) {
    docStarts[b + 1] = docStarts[b]! + reader.next()
    codecs[b] = reader.next()
    rawSizes[b] = reader.next()
    sizes.push(reader.next())
  }
  let at = reader.at
  const blocks = sizes.map((size) => {
    const start = at
    at += size
    return body.subarray(start, at)
  })
  if (at !== body.length) throw corrupt(source, `has blocks up to byte ${at}, expected ${body.length}`)
  if (docStarts[count] !== docCount) throw corrupt(source, `has ${docStarts[count]} documents, expected ${docCount}`)
  return { docStarts, rawSizes, codecs, blocks }
}

/** The block that holds document `doc` of a group, counted from the group's first; `docStarts` are the group's. */
export function blockOfDocument(docStarts: Uint32Array, doc: number): number {
  let block = 0
  while (docStarts[block + 1]! <= doc) block++
  return block
}

/** The documents of one block, inflated. */
export type OpenBlock = { readonly raw: Uint8Array; readonly starts: Uint32Array }

/**
 * Inflates one block of a group.
 *
 * @throws {CorruptDataError} if the result is not what the block's header says
 */
export function openBlock(
  group: DocumentGroup,
  block: number,
  { dictionary, source }: { dictionary: Uint8Array; source: string },
): OpenBlock {
  const raw = inflate(group, block, { dictionary, source })
  const docCount = group.docStarts[block + 1]! - group.docStarts[block]!
  const reader = new VarintReader(raw)
  const starts = new Uint32Array(docCount + 1)
  for (let i = 0; i < docCount; i++) starts[i + 1] = reader.next()
  starts[0] = reader.at
  for (let i = 0; i < docCount; i++) starts[i + 1]! += starts[i]!
  if (starts[docCount] !== raw.length) {
    throw corrupt(`${source}, block ${block}`, `has documents up to byte ${starts[docCount]}, expected ${raw.length}`)
  }
  return { raw, starts }
}

function inflate(
  group: DocumentGroup,
  block: number,
  { dictionary, source }: { dictionary: Uint8Array; source: string },
): Uint8Array {
  const bytes = group.blocks[block]!
  const rawSize = group.rawSizes[block]!
  const codec = group.codecs[block]!
  const where = `${source}, block ${block}`
  if (codec > DEFLATED || rawSize > RAW_BYTES_MAX) throw corrupt(where, `has codec ${codec} and ${rawSize} raw bytes`)
  const raw = codec === STORED ? bytes : inflateOrThrow(bytes, { dictionary, rawSize, where })
  if (raw.length !== rawSize) throw corrupt(where, `is ${raw.length} bytes, expected ${rawSize}`)
  return raw
}

function inflateOrThrow(
  bytes: Uint8Array,
  { dictionary, rawSize, where }: { dictionary: Uint8Array; rawSize: number; where: string },
): Uint8Array {
  try {
    const raw = inflateRawSync(bytes, {
      dictionary,
      maxOutputLength: Math.max(rawSize, 1),
      chunkSize: Math.max(rawSize, 64),
    })
    return ownBytes(raw)
  } catch (error) {
    throw corrupt(where, `does not inflate: ${error instanceof Error ? error.message : String(error)}`)
  }
}
