import { givenName } from '../contract/collection-shapes.ts'
import { NAME_CHARACTERS_MAX } from '../contract/limits.ts'
import { type Shape, z } from '../contract/shape.ts'
import type { SearchAllowance } from '../query/search/search-allowance.ts'
import type {
  CallOptions,
  CollectGarbageRequest,
  Engine,
  InspectPath,
  RebuildTableRequest,
  ScrubRequest,
} from './engine.ts'

const collection = givenName.exactOptional()
const signal = z
  .custom<AbortSignal>((value) => value instanceof AbortSignal, { params: { expected: 'an AbortSignal' } })
  .exactOptional()

/** The shape of a function that Prism calls. */
export function callback<F extends (...args: never[]) => void>(): Shape<F> {
  return z.custom<F>((value) => typeof value === 'function', { params: { expected: 'a function' } })
}

/** The shape of the function that a compaction reports its progress to. */
export const compactReport = callback<NonNullable<Parameters<Engine['compact']>[1]>>()
/** The shape of the function that a collection of garbage reports its progress to. */
export const collectReport = callback<NonNullable<Parameters<Engine['collectGarbage']>[1]>>()

/** The shape of {@link CallOptions}. */
export const callOptions: Shape<CallOptions & { readonly allowance?: SearchAllowance }> = z.strictObject({
  signal,
  allowance: z.custom<SearchAllowance>((value) => typeof value === 'object').exactOptional(),
})

/** The shape of {@link InspectPath}. The engine checks that the shard exists. */
export const inspectPath: Shape<InspectPath> = z.strictObject({
  collection,
  shard: z.number().exactOptional(),
  segment: z.string().max(NAME_CHARACTERS_MAX).exactOptional(),
})

/** The shape of {@link ScrubRequest}. */
export const scrubRequest: Shape<ScrubRequest> = z.strictObject({
  collection,
  quick: z.boolean().exactOptional(),
  signal,
  report: callback<NonNullable<ScrubRequest['report']>>().exactOptional(),
})

/** The shape of {@link RebuildTableRequest}. */
export const rebuildTableRequest: Shape<RebuildTableRequest> = z.strictObject({
  dry_run: z.boolean().exactOptional(),
  signal,
  report: callback<NonNullable<RebuildTableRequest['report']>>().exactOptional(),
})

/** The shape of {@link CollectGarbageRequest}. The engine checks that the retention is not negative. */
export const collectGarbageRequest: Shape<CollectGarbageRequest> = z.strictObject({
  collection,
  retention_ms: z.number().exactOptional(),
  dry_run: z.boolean().exactOptional(),
})
