import { allCollections } from '../../core/client/all-collections.ts'
import type { JsonObject } from '../../core/contract/search-request.ts'
import type { Engine, InspectPath } from '../../core/engine/engine.ts'
import { type Arguments, expectPositionals, usage } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'
import { showFacts } from '../terminal/show-facts.ts'

const FORM = 'inspect [COLLECTION [SHARD [SEGMENT]]]'

export const inspect: Command = {
  form: FORM,
  summary: 'Shows what is stored',
  details: `Shows all collections, one collection with its shards, a shard with its segments, or a segment with its
sections. A server shows collections only.`,
  examples: ['prism inspect', 'prism inspect books', 'prism inspect books 0 --json'],
  options: { json: { type: 'boolean', help: 'as JSON' }, ...PLACE_OR_SERVER_OPTIONS },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 0, 3)
    const path = pathOf(args)
    const place = findPlace(args, terminal)
    const engine = await openExisting(place)
    try {
      const facts = 'url' in place ? await inspectServer(engine, path) : await engine.inspect(path)
      terminal.out.write(args.flags.has('json') ? `${JSON.stringify(facts)}\n` : showFacts(facts))
    } finally {
      await engine.close()
    }
    return 0
  },
}

function pathOf({ positionals }: Arguments): InspectPath {
  const [collection, shard, segment] = positionals
  if (shard !== undefined && !/^\d+$/.test(shard)) throw usage(`a shard is a number from 0, got "${shard}"`)
  return {
    ...(collection !== undefined && { collection }),
    ...(shard !== undefined && { shard: Number(shard) }),
    ...(segment !== undefined && { segment }),
  }
}

async function inspectServer(engine: Engine, path: InspectPath): Promise<JsonObject> {
  if (path.collection === undefined) return { collections: await allCollections(engine) }
  return path.shard === undefined ? await engine.getCollection(path.collection) : engine.inspect(path)
}
