import { expectPositionals } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { PAST_OPTIONS, readPast } from '../terminal/past.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'

const FORM = 'branch COLLECTION NEW'

export const branch: Command = {
  form: FORM,
  summary: 'Creates a collection that begins with the present or an earlier content of another',
  details: `Nothing is copied, so a million documents take no longer than one. From then on each can be changed and
deleted without any effect on the other. Shared objects are removed when neither needs them.`,
  examples: ['prism branch books books-next', 'prism branch books books-before --snapshot before-import'],
  options: {
    ...PAST_OPTIONS,
    json: { type: 'boolean', help: 'the new collection as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 2, 2)
    const [collection, name] = args.positionals as [string, string]
    const engine = await openExisting(findPlace(args, terminal))
    try {
      const made = await engine.branchCollection(collection, { name, ...readPast(args) })
      const text = `made ${name}, a branch of ${collection} with ${formatThings(made.documents, 'document')}\n`
      terminal.out.write(args.flags.has('json') ? `${JSON.stringify(made)}\n` : text)
      return 0
    } finally {
      await engine.close()
    }
  },
}
