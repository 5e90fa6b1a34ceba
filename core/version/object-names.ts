import type { Random } from '../random.ts'

/** Digits of a version in a key: enough for any 64-bit integer. With leading zeros, keys sort in the order of versions. */
const VERSION_DIGITS = 20

/** Identifies one manifest of a shard. */
export type ManifestId = { readonly version: number; readonly commitId: string }

/** A new object's name: its writer's base version, and a random name. */
export function newObjectName(base: number, random: Random): string {
  return `${base}-${random.name()}`
}

/** The base version in the name of a segment, shared file or tombstones, with or without its folder. */
export function baseOfName(name: string): number {
  return Number(/(?:^|\/)(\d+)-[^/]*$/.exec(name)?.[1])
}

/** Key of tombstones below the shard's prefix. */
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
