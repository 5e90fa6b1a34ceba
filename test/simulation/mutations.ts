/** One mistake in core: the text that is right, and the text that is wrong. */
export type Mutation = {
  readonly name: string
  /** Below the repository's root. */
  readonly path: string
  readonly right: string
  readonly wrong: string
  /** What else goes with it, in the same file. */
  readonly also?: readonly { readonly right: string; readonly wrong: string }[]
}

/** Mistakes that somebody could make in the protocol, each of which the simulation has to find. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a commit does not ask for the epoch it read',
    path: 'core/shard/head.ts',
    right: "    { attribute: 'epoch', is: 'equal', value: base.epoch },\n",
    wrong: '',
  },
  {
    name: 'a commit does not ask for the commit it builds on',
    path: 'core/shard/head.ts',
    right: "    { attribute: 'commitId', is: 'equal', value: base.manifest.commitId },\n",
    wrong: '',
  },
  {
    name: 'a commit does not ask for the collection floor',
    path: 'core/shard/head.ts',
    right: "if (oldestBase !== undefined) conditions.push({ attribute: 'gcFloor', is: 'at_most', value: oldestBase })",
    wrong: 'void oldestBase',
  },
  {
    name: 'an older object, reused after a lost race, counts as new as the head it is committed on',
    path: 'core/shard/commit.ts',
    right: 'oldest = Math.min(oldest ?? Number.MAX_SAFE_INTEGER, baseOfName(name))',
    wrong: 'oldest = Math.max(base.version, baseOfName(name))',
  },
  {
    name: 'the floor is raised after what is kept was looked up',
    path: 'core/shard/collect-shard.ts',
    right: '  if (!isDryRun) await raise(components, ref, { before, raised })\n',
    wrong: '',
    also: [
      {
        right: 'readHead: async () => (isDryRun ? { ...before, ...raised } : readHead(components, ref, before)),',
        wrong: 'readHead: async () => ({ ...(await readHead(components, ref, before)), ...raised }),',
      },
      {
        right: '  await proveHead(components, ref, head, objects)\n',
        wrong:
          '  await raise(components, ref, { before, raised })\n  await proveHead(components, ref, head, objects)\n',
      },
    ],
  },
  {
    name: 'collection takes what is above the floor as well',
    path: 'core/shard/collect-shard.ts',
    right: 'const garbage = unneeded.filter(({ base }) => base < head.gcFloor)',
    wrong: 'const garbage = unneeded.filter(({ base }) => base < head.gcFloor + 1)',
  },
  {
    name: 'collection keeps the newest version only',
    path: 'core/shard/collect-shard.ts',
    right: 'neededBy([...chain, ...(await readPinned(store, ref, pins))])',
    wrong: 'neededBy(chain.slice(0, 1))',
  },
  {
    name: 'a write is acknowledged before its commit',
    path: 'core/shard/commit.ts',
    right: 'const reply = await coordination.write(headKey(ref), change, conditions)',
    wrong:
      "void coordination.write(headKey(ref), change, conditions).catch(() => undefined)\n      const reply = 'written' as string",
  },
  {
    name: 'a commit does not wait for its uploads',
    path: 'core/shard/commit.ts',
    right: 'await Promise.all([uploads, store.put(shardPrefix(ref) + manifestKey(manifest), encoded)])',
    wrong:
      'void Promise.all([uploads, store.put(shardPrefix(ref) + manifestKey(manifest), encoded)]).catch(() => undefined)',
  },
  {
    name: 'a lost reply is taken for a lost race',
    path: 'core/shard/commit.ts',
    right: 'if (winner === manifest.commitId) return { won: true, isOwn: true, manifest, head, knownAtMs }',
    wrong: 'void winner',
  },
  {
    name: 'a commit that is still open is taken for refused',
    path: 'core/shard/commit.ts',
    right: "  throw new OutcomeUnknownError(\n    'outcome_unknown',\n    `no reply tells whether version",
    wrong: "  throw new UnavailableError(\n    'unavailable',\n    `no reply tells whether version",
  },
  {
    name: 'each try at one base has a commit id of its own',
    path: 'core/shard/commit.ts',
    right: 'const sentAtMs = clock.monotonic()\n    try {',
    wrong:
      'const sentAtMs = clock.monotonic()\n    if (attempt > 0) return attemptCommit(components, ref, base, { draft, uploads })\n    try {',
  },
  {
    name: 'deletions that arrive during a merge are forgotten',
    path: 'core/shard/compact.ts',
    right: 'if (ids.length === 0) return',
    wrong: 'if (ids.length >= 0) return',
  },
  {
    name: 'a merge forgets the deletions of inputs that are gone',
    path: 'core/shard/compact.ts',
    right: 'now ? deletedOf(store, prefix, now) : allOf(before)',
    wrong: 'deletedOf(store, prefix, now ?? before)',
  },
  {
    name: 'a rebase does not unite tombstones',
    path: 'core/shard/delete-documents.ts',
    right: 'hit.deleted ? hit.deleted.slice() : newBitset(entry.docCount)',
    wrong: 'newBitset(entry.docCount)',
  },
  {
    name: 'a rebase looks for ids only where they were at first',
    path: 'core/shard/write-group.ts',
    right: 'const fold = await foldPending(components, head, { prefix, ids: plan.ids, finder })',
    wrong:
      'const fold = await foldPending(components, { ...head, manifest: { ...head.manifest, segments: head.manifest.segments.filter((entry) => base.manifest.segments.some(({ name }) => name === entry.name)) } }, { prefix, ids: plan.ids, finder })',
  },
  {
    name: 'a rebase looks for ids in new segments, and not in those that replaced others',
    path: 'core/shard/write-group.ts',
    right: 'const fold = await foldPending(components, head, { prefix, ids: plan.ids, finder })',
    wrong:
      'const fold = await foldPending(components, { ...head, manifest: { ...head.manifest, segments: head.manifest.segments.filter((entry) => base.manifest.segments.some(({ name }) => name === entry.name) || entry.docCount === 1) } }, { prefix, ids: plan.ids, finder })',
  },
  {
    name: 'a deletion is answered from a head of before it was asked for',
    path: 'core/shard/write-group.ts',
    right: 'left && left.head.manifest.version > read.head.manifest.version ? left : read',
    wrong: 'left ?? read',
  },
  {
    name: 'a deleted collection is not fenced',
    path: 'core/shard/delete-collection.ts',
    right: '  await fenceShards(components, uid, decodeMeta(uid, row.attributes).shardCount)\n',
    wrong: '',
  },
  {
    name: 'a collection made again reuses the keys of its former self',
    path: 'core/shard/create-collection.ts',
    right: 'const uid = random.name()',
    wrong: "const uid = '0'.repeat(26)",
  },
  {
    name: 'a late duplicate makes a collection unfinished again',
    path: 'core/shard/create-collection.ts',
    right: "{ set: encodeMeta(meta) }, [{ attribute: 'state', is: 'absent' }])",
    wrong: '{ set: encodeMeta(meta) }, [])',
  },
  {
    name: 'a head that was long on its way replaces a newer one',
    path: 'core/shard/head-cache.ts',
    right: 'return difference > 0 ? a : b',
    wrong: 'return difference > 1e9 ? a : b',
  },
  {
    name: 'a strong read is answered by one that was sent before it',
    path: 'core/shard/head-cache.ts',
    right: 'if (!slot.reading) return this.#send(ref, slot)\n    slot.next ??= slot.reading.promise',
    wrong:
      'if (!slot.reading) return this.#send(ref, slot)\n    return slot.reading.promise\n    slot.next ??= slot.reading.promise',
  },
  {
    name: 'heads are read as they may have been',
    path: 'core/shard/head.ts',
    right: 'const row = await coordination.read(headKey(ref), { consistent: true })',
    wrong: 'const row = await coordination.read(headKey(ref), { consistent: false })',
  },
  {
    name: 'a deleted collection is read on',
    path: 'core/shard/snapshot.ts',
    right: '        assertNotDeleted(head, ref)\n',
    wrong: '        void assertNotDeleted\n',
  },
  {
    name: 'ids made under an idempotency key differ from try to try',
    path: 'core/shard/check-batch.ts',
    right: "createHash('sha256').update(",
    wrong: "createHash('sha256').update(String(random.number())).update(",
  },
  {
    name: 'the set checksum does not count what is deleted',
    path: 'core/shard/delete-documents.ts',
    right: 'liveChecksum: subtractChecksums(entry.liveChecksum, sumHashes(hashes))',
    wrong:
      'liveChecksum: docIds.length > 0 && entry.deletedCount > 0 ? entry.liveChecksum : subtractChecksums(entry.liveChecksum, sumHashes(hashes))',
  },
]
