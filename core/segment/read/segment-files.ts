import type { SegmentFile } from '../format/segment-entry.ts'
import { segmentKey } from './open-segment.ts'

/** A file that a manifest names, with its key in the store. */
export type NamedFile = {
  readonly key: string
  /** `segment` for the `.seg`. */
  readonly kind: string
  readonly byteSize: number
  /** Undefined for the `.seg`, whose footer and sections have their own checksums. */
  readonly facts: { readonly footerSize: number; readonly crc: number } | undefined
}

type Files = Pick<SegmentFile, 'name' | 'origin' | 'byteSize' | 'files'>

/** Key of a segment's file other than its `.seg`. @param segment key of the `.seg` */
export function fileKey(segment: string, { extension }: { readonly extension: string }): string {
  return segment.slice(0, -'seg'.length) + extension
}

/** The files that belong to one segment alone, its `.seg` first. */
export function ownFiles(prefix: string, file: Files): NamedFile[] {
  const segment = segmentKey(prefix, file)
  const others = file.files.map(({ kind, extension, byteSize, footerSize, crc }) => {
    return { key: fileKey(segment, { extension }), kind, byteSize, facts: { footerSize, crc } }
  })
  return [{ key: segment, kind: 'segment', byteSize: file.byteSize, facts: undefined }, ...others]
}

/** Every file that searches of a segment may read: its `.seg` first, shared files last. */
export function filesOf(prefix: string, file: Files & Pick<SegmentFile, 'shared'>): NamedFile[] {
  const shared = file.shared.map(({ origin = prefix, object, kind, byteSize, footerSize, crc }) => {
    return { key: origin + object, kind, byteSize, facts: { footerSize, crc } }
  })
  return [...ownFiles(prefix, file), ...shared]
}
