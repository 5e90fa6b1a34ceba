import { expectPositionals, usage } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { PAST_OPTIONS, readPast } from '../terminal/past.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'

const FORM = 'restore COLLECTION --snapshot NAME|--at TIME'

export const restore: Command = {
  form: FORM,
  summary: 'Puts a collection back to an earlier content',
  details: `A search sees all of the old content or all of the new. The old content is deleted, unless a
snapshot keeps it: create one first to be able to return. Snapshots stay.`,
  examples: ['prism restore books --snapshot before-import', 'prism restore books --at 2026-03-01T12:00:00Z'],
  options: {
    ...PAST_OPTIONS,
    json: { type: 'boolean', help: 'the collection as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 1, 1)
    const past = readPast(args)
    const [to] = Object.values(past)
    if (to === undefined) throw usage(`--snapshot NAME or --at TIME is missing. Usage: prism ${FORM}`)
    const name = args.positionals[0]!
    const engine = await openExisting(findPlace(args, terminal))
    try {
      const restored = await engine.restoreCollection(name, past)
      // Closing would stop the removal and leave the rest to the next process.
      await engine.settle()
      const text = `restored ${name} to ${to}: ${formatThings(restored.documents, 'document')}\n`
      terminal.out.write(args.flags.has('json') ? `${JSON.stringify(restored)}\n` : text)
      return 0
    } finally {
      await engine.close()
    }
  },
}
