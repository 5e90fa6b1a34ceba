import { expectPositionals, usage } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { confirm, YES_OPTION } from '../terminal/confirm.ts'
import { formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { PAST_OPTIONS, readPast } from '../terminal/past.ts'
import { describePlace, findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'

const FORM = 'restore COLLECTION --snapshot NAME|--at TIME'

export const restore: Command = {
  form: FORM,
  summary: 'Puts a collection back to an earlier content',
  details: `A search sees all of the old content or all of the new. The old content is deleted, unless a
snapshot keeps it: create one first to be able to return. Snapshots stay. Asks for confirmation on a terminal, but not in a script.`,
  examples: ['prism restore books --snapshot before-import', 'prism restore books --at 2026-03-01T12:00:00Z'],
  options: {
    ...PAST_OPTIONS,
    ...YES_OPTION,
    json: { type: 'boolean', help: 'the collection as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 1, 1)
    const past = readPast(args)
    const [to] = Object.values(past)
    if (to === undefined) throw usage(`--snapshot NAME or --at TIME is missing. Usage: prism ${FORM}`)
    const name = args.positionals[0]!
    const place = findPlace(args, terminal)
    const engine = await openExisting(place)
    try {
      const { documents } = await engine.getCollection(name)
      const what = `${name} with ${formatThings(documents, 'document')} in ${describePlace(place)}`
      if (!(await confirm(`replace ${what} by its content of ${to}?`, args, terminal))) {
        terminal.err.write('nothing was restored\n')
        return 1
      }
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
