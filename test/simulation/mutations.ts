import { CLUSTER_MUTATIONS } from './cluster-mutations.ts'
import type { Mutation } from './mutation.ts'
import { WRITING_MUTATIONS } from './writing-mutations.ts'

/** Mistakes that somebody could make in the protocol, each of which the simulation has to find. */
export const MUTATIONS: readonly Mutation[] = [
  ...CLUSTER_MUTATIONS,
  ...WRITING_MUTATIONS,
  {
    name: 'a commit does not ask for the epoch it read',
    path: 'core/version/head.ts',
    right: "    { attribute: 'epoch', is: 'equal', value: base.epoch },\n",
    wrong: '',
  },
  {
    name: 'a commit does not ask for the commit it builds on',
    path: 'core/version/head.ts',
    right: "    { attribute: 'commitId', is: 'equal', value: base.manifest.commitId },\n",
    wrong: '',
  },
  {
    name: 'a commit does not ask for the collection floor',
    path: 'core/version/head.ts',
    right: "if (oldestBase !== undefined) conditions.push({ attribute: 'gcFloor', is: 'at_most', value: oldestBase })",
    wrong: 'void oldestBase',
  },
  {
    name: 'the floor is raised after what is kept was looked up',
    path: 'core/garbage/collect-shard.ts',
    right: '  if (!isDryRun) await raise(components, ref, { before, raised })\n',
    wrong: '',
    also: [
      {
        right: '    isDryRun ? { ...before, ...raised } : readHead(components, ref, before),\n',
        wrong: '    ({ ...(await readHead(components, ref, before)), ...raised }),\n',
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
    path: 'core/garbage/collect-shard.ts',
    right: 'const garbage = unneeded.filter(({ base }) => base < head.gcFloor)',
    wrong: 'const garbage = unneeded.filter(({ base }) => base < head.gcFloor + 1)',
  },
  {
    name: 'collection keeps the newest version only',
    path: 'core/garbage/needed-names.ts',
    right: 'neededBy([...manifests, ...pinned])',
    wrong: 'neededBy(manifests.slice(0, 1))',
  },
  {
    name: 'collection takes what only versions name that it does not read',
    path: 'core/version/history.ts',
    right: 'decidedBelow = Math.min(decidedBelow, next.oldestBase)',
    wrong: 'void next',
  },
  {
    name: 'collection takes late objects that only versions name that it does not read',
    isRare: true,
    path: 'core/version/history.ts',
    right: 'decidedBelow = Math.min(decidedBelow, next.oldestBase)',
    wrong: 'decidedBelow = Math.min(decidedBelow, next.version)',
  },
  {
    name: 'a write is acknowledged before its commit',
    path: 'core/version/commit.ts',
    right: 'const reply = await coordination.write(headKey(ref), change, conditions)',
    wrong:
      "void coordination.write(headKey(ref), change, conditions).catch(() => undefined)\n      const reply = 'written' as string",
  },
  {
    name: 'a commit does not wait for its uploads',
    path: 'core/version/commit.ts',
    right: 'await Promise.all([uploads, store.put(shardPrefix(ref) + manifestKey(manifest), encoded)])',
    wrong:
      'void Promise.all([uploads, store.put(shardPrefix(ref) + manifestKey(manifest), encoded)]).catch(() => undefined)',
  },
  {
    name: 'a lost reply is taken for a lost race',
    path: 'core/version/commit.ts',
    right: 'if (winner === manifest.commitId) return { won: true, isOwn: true, manifest, head, knownAtMs }',
    wrong: 'void winner',
  },
  {
    name: 'a commit that is still open is taken for refused',
    path: 'core/version/commit.ts',
    right: "  throw new OutcomeUnknownError(\n    'outcome_unknown',\n    `no reply tells whether version",
    wrong: "  throw new UnavailableError(\n    'unavailable',\n    `no reply tells whether version",
  },
  {
    name: 'each try at one base has a commit id of its own',
    path: 'core/version/commit.ts',
    right: 'const sentAtMs = clock.monotonic()\n    try {',
    wrong:
      'const sentAtMs = clock.monotonic()\n    if (attempt > 0) return attemptCommit(components, ref, base, { draft, uploads })\n    try {',
  },
  {
    name: 'deletions that arrive during a merge are forgotten',
    path: 'core/compaction/compact.ts',
    right: 'if (ids.length === 0) return',
    wrong: 'if (ids.length >= 0) return',
  },
  {
    name: 'a merge forgets the deletions of inputs that are gone',
    path: 'core/compaction/compact.ts',
    right: 'now ? deletedOf(store, prefix, now) : allOf(before)',
    wrong: 'deletedOf(store, prefix, now ?? before)',
  },
  {
    name: 'a deleted collection is not fenced',
    path: 'core/collections/delete-collection.ts',
    right: '  await fenceShards(components, uid, decodeMeta(uid, row.attributes).shardCount)\n',
    wrong: '',
  },
  {
    name: 'a collection made again reuses the keys of its former self',
    path: 'core/collections/create-collection.ts',
    right: 'const uid = random.name()',
    wrong: "const uid = '0'.repeat(26)",
  },
  {
    name: 'a late duplicate makes a collection unfinished again',
    isRare: true,
    path: 'core/collections/create-collection.ts',
    right: "{ set: encodeMeta(meta) }, [{ attribute: 'state', is: 'absent' }])",
    wrong: '{ set: encodeMeta(meta) }, [])',
  },
  {
    name: 'a head that was long on its way replaces a newer one',
    isRare: true,
    path: 'core/version/head-cache.ts',
    right: 'return difference > 0 ? a : b',
    wrong: 'return difference > 1e9 ? a : b',
  },
  {
    name: 'a strong read is answered by one that was sent before it',
    isRare: true,
    path: 'core/version/head-cache.ts',
    right: 'if (!slot.reading) return this.#send(ref, slot)\n    slot.next ??= slot.reading.promise',
    wrong:
      'if (!slot.reading) return this.#send(ref, slot)\n    return slot.reading.promise\n    slot.next ??= slot.reading.promise',
  },
  {
    name: 'heads are read as they may have been',
    path: 'core/version/head.ts',
    right: 'const row = await coordination.read(headKey(ref), { consistent: true })',
    wrong: 'const row = await coordination.read(headKey(ref), { consistent: false })',
  },
  {
    name: 'a deleted collection is read on',
    path: 'core/reading/snapshot.ts',
    right: '    assertNotDeleted(head, ref)\n',
    wrong: '    void assertNotDeleted\n',
  },
  {
    name: 'a session is not waited for',
    path: 'core/reading/snapshot.ts',
    right: 'if (known.head.manifest.version >= version) return known\n  const newest',
    wrong: 'if (version >= 0) return known\n  const newest',
  },
  {
    name: 'a version is pinned though it may have been collected since it was read',
    path: 'core/version/change-pins.ts',
    right: "conditions: isRetained ? [{ attribute: 'retainedFrom', is: 'at_most', value: pin.version }] : [],",
    wrong: 'conditions: [],',
  },
  {
    name: 'a collector goes by the pins that it read before it raised what is retained',
    path: 'core/garbage/collect-shard.ts',
    right: '    isDryRun ? { ...before, ...raised } : readHead(components, ref, before),\n',
    wrong: '    ({ ...(await readHead(components, ref, before)), pins: before.pins }),\n',
  },
  {
    name: 'pins of snapshots are taken for nobody’s',
    path: 'core/collections/named-snapshots.ts',
    right: 'holder.startsWith(SNAPSHOT_HOLDER) && !known.has(holder)',
    wrong: 'holder.startsWith(SNAPSHOT_HOLDER) && known',
  },
  {
    name: 'pins that are nobody’s stay',
    path: 'core/collections/named-snapshots.ts',
    right: 'holder.startsWith(SNAPSHOT_HOLDER) && !known.has(holder)',
    wrong: 'holder.startsWith(SNAPSHOT_HOLDER) && !known',
  },
  {
    name: 'a snapshot is made without waiting for its pins',
    path: 'core/collections/named-snapshots.ts',
    right: 'await addPin(components, ref, { holder: holderOf(version), version, commitId })',
    wrong: 'void addPin(components, ref, { holder: holderOf(version), version, commitId }).catch(() => undefined)',
  },
  {
    name: 'whoever deletes a snapshot does not say which of its name',
    path: 'core/collections/snapshot-rows.ts',
    right: '[holds(row), isThere]',
    wrong: "[{ attribute: 'holder', is: 'present' }, isThere]",
  },
  {
    name: 'late requests bring a deleted snapshot back',
    isRare: true,
    path: 'core/collections/snapshot-rows.ts',
    right: 'await coordination.write(keyOf(uid, row.name), change, [holds(row), isDeleting])',
    wrong: 'await coordination.delete(keyOf(uid, row.name), [holds(row)])',
  },
  {
    name: 'a lost attempt is taken for what stood at a moment',
    isRare: true,
    path: 'core/collections/past-versions.ts',
    right: '(uploadedMs.get(manifestKey(manifest)) ?? Number.POSITIVE_INFINITY) <= timeMs',
    wrong: 'uploadedMs.has(manifestKey(manifest))',
  },
  {
    name: 'collection takes segments of writes that wait in the head',
    path: 'core/garbage/needed-names.ts',
    right: 'if (names.has(name) || waiting.has(name)) return false',
    wrong: 'if (names.has(name)) return false',
  },
  {
    name: 'the first lease is taken by all who find none',
    path: 'core/coordination/lease.ts',
    right: "if (!terms) return [{ attribute: 'epoch', is: 'absent' }]",
    wrong: 'if (!terms) return []',
  },
  {
    name: 'a lease is taken from whoever holds it by then',
    path: 'core/coordination/lease.ts',
    right: 'await this.#coordination.write(this.#key, change, takenFrom(terms))',
    wrong: '(takenFrom(terms), await this.#coordination.write(this.#key, change, []))',
  },
  {
    name: 'a lease is taken though it was renewed',
    path: 'core/coordination/lease.ts',
    right: "    { attribute: 'beat', is: 'equal', value: terms.beat },\n",
    wrong: '',
  },
  {
    name: 'a lease is renewed by whoever held it',
    path: 'core/coordination/lease.ts',
    right: "return [{ attribute: 'epoch', is: 'equal', value: epoch }]",
    wrong: "return [{ attribute: 'epoch', is: 'present' }]",
  },
  {
    name: 'a lease is never taken from a holder that is gone',
    path: 'core/coordination/lease.ts',
    right: 'sentMs) >= LEASE_MS',
    wrong: 'sentMs) < 0',
  },
  {
    name: 'a snapshot that seems half-made is taken away though it is finished by then',
    isRare: true,
    path: 'core/collections/snapshot-rows.ts',
    right: "    { attribute: 'state', is: 'equal', value: 'creating' },\n  ])\n  return reply",
    wrong: '  ])\n  return reply',
  },
]
