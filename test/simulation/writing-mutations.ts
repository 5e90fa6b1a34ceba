import type { Mutation } from './mutation.ts'

/** Mistakes that somebody could make with batches, patches, conditions, idempotency keys and writes that wait in the head. */
export const WRITING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'a rebase does not unite tombstones',
    path: 'core/writing/write-tombstones.ts',
    right: 'hit.deleted ? hit.deleted.slice() : newBitset(entry.docCount)',
    wrong: 'newBitset(entry.docCount)',
  },
  {
    name: 'a rebase looks for ids only where they were at first',
    path: 'core/writing/write-group.ts',
    right: 'const fold = await foldPending(components, head, { prefix, ids: plan.ids, finder })',
    wrong:
      'const fold = await foldPending(components, { ...head, manifest: { ...head.manifest, segments: head.manifest.segments.filter((entry) => base.manifest.segments.some(({ name }) => name === entry.name)) } }, { prefix, ids: plan.ids, finder })',
  },
  {
    name: 'a rebase looks for ids in new segments, and not in those that replaced others',
    path: 'core/writing/write-group.ts',
    right: 'const fold = await foldPending(components, head, { prefix, ids: plan.ids, finder })',
    wrong:
      'const fold = await foldPending(components, { ...head, manifest: { ...head.manifest, segments: head.manifest.segments.filter((entry) => base.manifest.segments.some(({ name }) => name === entry.name) || entry.docCount === 1) } }, { prefix, ids: plan.ids, finder })',
  },
  {
    name: 'ids made under an idempotency key differ from try to try',
    path: 'core/writing/check-batch.ts',
    right: "createHash('sha256').update(",
    wrong: "createHash('sha256').update(String(random.number())).update(",
  },
  {
    name: 'the set checksum does not count what is deleted',
    path: 'core/writing/write-tombstones.ts',
    right: 'liveChecksum: subtractChecksums(entry.liveChecksum, sumHashes(hashes))',
    wrong:
      'liveChecksum: docIds.length > 0 && entry.deletedCount > 0 ? entry.liveChecksum : subtractChecksums(entry.liveChecksum, sumHashes(hashes))',
  },
  {
    name: 'a condition is decided on the version that was read first',
    path: 'core/writing/write-conditionally.ts',
    right: 'const { hits, evaluation } = await evaluate(head)',
    wrong:
      "const { hits, ...now } = await evaluate(head)\n    const evaluation = 'evaluation' in ahead ? ahead.evaluation : now.evaluation",
  },
  {
    name: 'a patch is applied to the document that was read first',
    path: 'core/writing/write-conditionally.ts',
    right: 'const byId = await readStored(store, { hits, ids, patched })\n',
    wrong:
      'const byId = await readStored(store, { hits, ids, patched })\n    const first = ((finder as any).first ??= byId)\n    for (const [id, { version }] of byId) byId.set(id, { version, json: (first.get(id) ?? byId.get(id)).json })\n',
  },
  {
    name: 'a segment that was built ahead is committed though its documents have changed since',
    path: 'core/writing/write-conditionally.ts',
    right: 'if (!built || !areEqual(built.puts, puts)) {',
    wrong: 'if (!built) {',
  },
  {
    name: 'a commit leaves a write that it folded in the head',
    path: 'core/version/head.ts',
    right: 'remove: [...remove, ...freed] }',
    wrong: 'remove: [...remove, ...freed.slice(1)] }',
  },
  {
    name: 'writes that wait in the head do not replace documents of each other',
    path: 'core/writing/fold.ts',
    right: 'findReplaced(components, own.prefix, entry, replay.idsReplacedSince(entry, order))',
    wrong: 'findReplaced(components, own.prefix, entry, order < 0 ? replay.idsReplacedSince(entry, order) : [])',
  },
  {
    name: 'an idempotency key is taken over by the request that comes second',
    path: 'core/collections/idempotency-rows.ts',
    right: '{ set: { fingerprint } }, isNew)',
    wrong: '{ set: { fingerprint } }, [])',
  },
  {
    name: 'a batch is written without waiting for its idempotency key',
    path: 'core/writing/check-turns.ts',
    right: '      await ready\n',
    wrong: '      void ready\n',
  },
  {
    name: 'batches of one commit do not see each other',
    path: 'core/writing/evaluate-operations.ts',
    right: '(own.has(id) ? own.get(id) : states.has(id) ? states.get(id) : before(id))',
    wrong: '(own.has(id) ? own.get(id) : before(id))',
  },
  {
    name: 'a batch that is all or nothing lacks what could not be done',
    path: 'core/writing/evaluate-operations.ts',
    right:
      "result.behind.length > 0 || (batch.decides === 'all' && result.results.some(({ status }) => status === 'failed'))",
    wrong: 'result.behind.length > 0',
  },
  {
    name: 'a filter deletes what has changed since',
    path: 'core/engine/by-filter.ts',
    right: "      condition: { is: 'version' as const, version: match.version },\n",
    wrong: "      condition: { is: 'present' as const, version: match.version },\n",
  },
]
