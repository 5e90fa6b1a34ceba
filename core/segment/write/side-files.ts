import { crc32 } from 'node:zlib'
import { assert } from '../../assert.ts'
import type { FieldNumber } from '../../fields/field.ts'
import type { SideFileContents } from '../../fields/field-builder.ts'
import { concatenate } from '../format/concatenate.ts'
import type { SideFile } from '../format/segment-entry.ts'

/** Puts a file of a segment into the store. @param extension the file is `seg/<segment's name>.<extension>` */
export type PutFile = (extension: string, chunks: AsyncIterable<Uint8Array>) => Promise<unknown>

/** Makes a file from contents in memory, and what a manifest says about it. */
export function makeSideFile(
  field: FieldNumber,
  { kind, body, footer = new Uint8Array(0) }: SideFileContents<Uint8Array>,
): { readonly facts: SideFile; readonly bytes: Uint8Array<ArrayBuffer> } {
  const bytes = concatenate([body, footer])
  const crc = crc32(footer.length > 0 ? footer : bytes)
  return { facts: { ...nameOf(field, kind), byteSize: bytes.length, footerSize: footer.length, crc }, bytes }
}

/** Puts a file into the store while its contents are made. @returns what a manifest says about the file */
export async function putSideFile(
  field: FieldNumber,
  { kind, body, footer = new Uint8Array(0) }: SideFileContents<AsyncIterable<Uint8Array>>,
  put: PutFile | undefined,
): Promise<SideFile> {
  assert(put !== undefined, `a merge that makes files of kind ${kind} has a function to put them`)
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
