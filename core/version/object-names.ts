import type { Random } from '../random.ts'

/** Digits of a version in a key: they hold any 64-bit integer, so that byte order and version order agree. */
const VERSION_DIGITS = 20

/** Names one manifest of a shard. */
export type ManifestId = { readonly version: number; readonly commitId: string }

/** A new object's name: the version that its writer read before it began, and chance. */
export function newObjectName(base: number, random: Random): string {
  return `${base}-${random.name()}`
}

/** The base in an object's name, of a segment or of tombstones with or without their folder. */
export function baseOfName(name: string): number {
  return Number(/(?:^|\/)(\d+)-[^/]*$/.exec(name)?.[1])
}

/** Keys below a shard's prefix; those of segments are the segments' business. */
export function tombstonesKey(name: string): string {
  return `tombs/${name}`
}

export function manifestKey({ version, commitId }: ManifestId): string {
  return `manifests/${versionedName(version, commitId)}`
}

export function committedKey({ version, commitId }: ManifestId): string {
  return `committed/${versionedName(version, commitId)}`
}

function versionedName(version: number, commitId: string): string {
  return `${String(version).padStart(VERSION_DIGITS, '0')}-${commitId}`
}
