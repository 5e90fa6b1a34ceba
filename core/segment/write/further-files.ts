import { crc32 } from 'node:zlib'
import { assert } from '../../assert.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { FurtherFile } from '../../fields/field-builder.ts'
import { concatenate } from '../format/concatenate.ts'
import type { SideFile } from '../format/segment-entry.ts'

/** Puts a file of a segment into the store. @param extension the file is `seg/<segment's name>.<extension>` */
export type PutFile = (extension: string, chunks: AsyncIterable<Uint8Array>) => Promise<unknown>

/** A file whose bytes are all at hand, and what a manifest says of it. */
export function wholeFile(
  field: FieldNumber,
  { kind, body, footer = new Uint8Array(0) }: FurtherFile<Uint8Array>,
): { readonly facts: SideFile; readonly bytes: Uint8Array<ArrayBuffer> } {
  const bytes = concatenate([body, footer])
  const crc = crc32(footer.length > 0 ? footer : bytes)
  return { facts: { ...nameOf(field, kind), byteSize: bytes.length, footerSize: footer.length, crc }, bytes }
}

/** Puts a file into the store while it is made. @returns what a manifest says of it */
export async function putFurtherFile(
  field: FieldNumber,
  { kind, body, footer = new Uint8Array(0) }: FurtherFile<AsyncIterable<Uint8Array>>,
  put: PutFile | undefined,
): Promise<SideFile> {
  assert(put !== undefined, `a merge that makes files of kind ${kind} knows where to put them`)
  const name = nameOf(field, kind)
  let [byteSize, crc] = [0, 0]
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      byteSize += chunk.length
      crc = crc32(chunk, crc)
      yield chunk
    }
    if (footer.length > 0) yield footer
  }
  await put(name.extension, counted())
  const footerSize = footer.length
  return { ...name, byteSize: byteSize + footerSize, footerSize, crc: footerSize > 0 ? crc32(footer) : crc }
}

function nameOf(field: FieldNumber, kind: string): Pick<SideFile, 'kind' | 'field' | 'extension'> {
  return { kind, field, extension: `${field}.${kind}` }
}
