import type { DeleteByFilterAnswer } from '../../core/engine/engine.ts'
import { deleteAll } from '../../core/open/go-on.ts'
import { expectPositionals, usage } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { confirm, YES_OPTION } from '../terminal/confirm.ts'
import { formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { describePlace, findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'
import { FILTER_OPTIONS, quote, readObject, runByFilter } from './by-filter.ts'

const FORM = 'delete COLLECTION [--filter JSON]'

export const deleteCollection: Command = {
  form: FORM,
  summary: 'Deletes a collection and all its documents, or only those that a filter accepts',
  details:
    'Asks for confirmation on a terminal, but not in a script. Deleting by filter can be interrupted; it then says how to continue.',
  examples: ['prism delete books', 'prism delete books --yes', `prism delete books --filter '{"year":{"lt":1900}}'`],
  options: {
    ...YES_OPTION,
    ...FILTER_OPTIONS,
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 1, 1)
    const name = args.positionals[0]!
    const place = findPlace(args, terminal)
    const engine = await openExisting(place)
    try {
      if (args.strings.filter !== undefined) {
        const filter = readObject(args, 'filter')
        const { count } = await engine.count(name, { filter, consistency: 'strong' })
        const some = `${formatThings(count, 'document')} of ${name} in ${describePlace(place)}`
        if (!(await confirm(`delete ${some}?`, args, terminal))) return nothingDeleted(terminal)
        return await runByFilter(args, terminal, {
          command: `prism delete ${name} --filter ${quote(args.strings.filter)}`,
          run: (from, options) => deleteAll(engine, name, { filter, ...from }, options),
          tell: ({ deleted }: DeleteByFilterAnswer) => `deleted ${formatThings(deleted, 'document')} of ${name}`,
        })
      }
      if (args.strings.cursor !== undefined) throw usage('--cursor needs --filter')
      const { documents } = await engine.getCollection(name)
      const what = `${name} with ${formatThings(documents, 'document')} in ${describePlace(place)}`
      if (!(await confirm(`delete ${what}?`, args, terminal))) return nothingDeleted(terminal)
      await engine.deleteCollection(name)
      // Closing would stop the removal and leave the rest to the next process.
      await engine.settle()
      terminal.out.write(args.flags.has('json') ? '{"deleted":true}\n' : `deleted ${what}\n`)
      return 0
    } finally {
      await engine.close()
    }
  },
}

function nothingDeleted(terminal: Terminal): 1 {
  terminal.err.write('nothing was deleted\n')
  return 1
}
