import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { EXTERNALS } from '../../infra/externals.ts'
import type { Bundle } from '../lambda/build-bundles.ts'
import { buildFunctions } from '../lambda/deployed-functions.ts'
import { temporaryFolder } from '../temporary-folder.ts'

/**
 * What a cold start reads and compiles: the languages, a quarter of the bundle, are loaded by the first request for
 * one.
 */
const API_INIT_BYTES_MAX = 1_150_000
const API_BYTES_MAX = 1_600_000
const LEAF_BYTES_MAX = 600_000

let bundles: Record<string, Bundle>

beforeAll(async () => {
  bundles = await buildFunctions(await temporaryFolder())
})

test('the bundle of a leaf has neither the HTTP API nor languages, and the bundle of the API has both', () => {
  const parts = [
    'core/query/',
    'core/http/',
    'node_modules/hono/',
    'core/analysis/text-analyzer',
    'node_modules/@orama/',
  ]
  const partsOf = ({ sources }: Bundle) => parts.filter((part) => sources.some((source) => source.startsWith(part)))

  expect(partsOf(bundles.api!)).toEqual(parts)
  expect(partsOf(bundles.leaf!)).toEqual(['core/query/'])
})

test('bundles stay small, and parts of the API are loaded on demand', () => {
  const { api, leaf } = bundles

  expect(api!.totalBytes).toBeLessThanOrEqual(API_BYTES_MAX)
  expect(api!.initBytes).toBeLessThanOrEqual(API_INIT_BYTES_MAX)
  expect(leaf!.totalBytes).toBeLessThanOrEqual(LEAF_BYTES_MAX)
})

test('bundles contain only JavaScript, so they are the same for every processor', () => {
  for (const { folder } of Object.values(bundles)) {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    const files = names.filter((name) => statSync(join(folder, name)).isFile())

    expect(files.filter((name) => !name.endsWith('.mjs'))).toEqual([])
  }
})

test('bundles import no package from outside except the omitted ones, and these only on demand', () => {
  for (const { external } of Object.values(bundles)) {
    expect(external.filter(({ path }) => !EXTERNALS.includes(path))).toEqual([])
    expect(external.filter(({ kind }) => kind === 'import-statement')).toEqual([])
  }
})
