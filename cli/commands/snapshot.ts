import type { Engine, SnapshotInfo } from '../../core/engine/engine.ts'
import { findNearestName } from '../../core/nearest-name.ts'
import { expectPositionals, missing, usage } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'

const FORM = 'snapshot create|list|delete COLLECTION [NAME]'

/** Does an action, and returns its outcome as text and as JSON. */
type Action = (engine: Engine, collection: string, name: string) => Promise<{ text: string; json: unknown }>

const ACTIONS: Readonly<Record<string, { readonly takesName: boolean; readonly run: Action }>> = {
  create: {
    takesName: true,
    run: async (engine, collection, name) => {
      const made = await engine.createSnapshot(collection, name)
      return { text: `made ${describe(made)}\n`, json: made }
    },
  },
  list: {
    takesName: false,
    run: async (engine, collection) => {
      const snapshots = await engine.listSnapshots(collection)
      return { text: snapshots.map((one) => `${describe(one)}\n`).join(''), json: { snapshots } }
    },
  },
  delete: {
    takesName: true,
    run: async (engine, collection, name) => {
      await engine.deleteSnapshot(collection, name)
      return { text: `deleted ${name}\n`, json: { deleted: true } }
    },
  },
}

export const snapshot: Command = {
  form: FORM,
  summary: 'Keeps the content of a collection under a name, to search it later',
  details: `A snapshot costs nothing when it is created. Its content is kept until it is deleted, whatever is written or
collected: prism search COLLECTION QUERY --snapshot NAME reads it.`,
  examples: [
    'prism snapshot create books before-import',
    'prism snapshot list books',
    'prism snapshot delete books before-import',
  ],
  options: { json: { type: 'boolean', help: 'the outcome as JSON' }, ...PLACE_OR_SERVER_OPTIONS },
  run: async (args, terminal) => {
    const [verb = '', collection, name = ''] = args.positionals
    const action = Object.hasOwn(ACTIONS, verb) ? ACTIONS[verb]! : undefined
    if (!action) throw unknownVerb(verb)
    const count = action.takesName ? 3 : 2
    expectPositionals(args, FORM, count, count)
    const engine = await openExisting(findPlace(args, terminal))
    try {
      const { text, json } = await action.run(engine, collection!, name)
      terminal.out.write(args.flags.has('json') ? `${JSON.stringify(json)}\n` : text)
      return 0
    } finally {
      await engine.close()
    }
  },
}

function describe({ name, versions, created_at }: SnapshotInfo): string {
  return `${name}  ${created_at}  ${versions.length === 1 ? 'version' : 'versions'} ${versions.join(', ')}`
}

function unknownVerb(verb: string) {
  if (verb === '') return missing(FORM, 0)
  const nearest = findNearestName(verb, Object.keys(ACTIONS))
  return usage(`cannot ${verb} a snapshot${nearest === undefined ? `: ${FORM}` : `; did you mean ${nearest}?`}`)
}
