import { NAME_CHARACTERS_MAX } from '../contract/limits.ts'
import { type Shape, z } from '../contract/shape.ts'
import type { SearchAllowance } from '../query/search/search-allowance.ts'
import type { CallOptions, CollectGarbageRequest, InspectPath, RebuildTableRequest, ScrubRequest } from './engine.ts'

const collection = z.string().min(1).max(NAME_CHARACTERS_MAX).exactOptional()
const signal = z
  .custom<AbortSignal>((value) => value instanceof AbortSignal, { params: { expected: 'an AbortSignal' } })
  .exactOptional()

// biome-ignore lint/suspicious/noExplicitAny: the engine gives the function its arguments
type Callback = (...args: any[]) => void
/** The shape of a function that the engine calls. */
export const callback = z.custom<Callback>((value) => typeof value === 'function', {
  params: { expected: 'a function' },
})

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
  report: callback.exactOptional(),
})

/** The shape of {@link RebuildTableRequest}. */
export const rebuildTableRequest: Shape<RebuildTableRequest> = z.strictObject({
  dry_run: z.boolean().exactOptional(),
  signal,
  report: callback.exactOptional(),
})

/** The shape of {@link CollectGarbageRequest}. The engine checks that the retention is not negative. */
export const collectGarbageRequest: Shape<CollectGarbageRequest> = z.strictObject({
  collection,
  retention_ms: z.number().exactOptional(),
  dry_run: z.boolean().exactOptional(),
})
