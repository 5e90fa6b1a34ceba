import type { UpdateAnswer } from '../../core/engine/engine.ts'
import { updateAll } from '../../core/open/go-on.ts'
import { expectPositionals } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { formatCount, formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'
import { FILTER_OPTIONS, quote, readObject, runByFilter } from './by-filter.ts'

const FORM = 'update COLLECTION --filter JSON --patch JSON'

export const update: Command = {
  form: FORM,
  summary: 'Changes the documents that a filter accepts, by a JSON merge patch (RFC 7396)',
  details:
    'Members of the patch replace those of the documents. Null removes a member, objects are merged. An update can be interrupted; it then says how to continue. Repeating it changes nothing.',
  examples: [
    `prism update books --filter '{"year":{"lt":1900}}' --patch '{"era":"old"}'`,
    `prism update books --filter '{}' --patch '{"draft":null}' --url http://127.0.0.1:3080`,
  ],
  options: {
    patch: { type: 'string', value: 'JSON', help: 'the members to change' },
    ...FILTER_OPTIONS,
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 1, 1)
    const name = args.positionals[0]!
    const filter = readObject(args, 'filter')
    const patch = readObject(args, 'patch')
    const engine = await openExisting(findPlace(args, terminal))
    try {
      return await runByFilter(args, terminal, {
        command: `prism update ${name} --filter ${quote(args.strings.filter!)} --patch ${quote(args.strings.patch!)}`,
        run: (from, options) => updateAll(engine, name, { filter, patch, ...from }, options),
        tell: ({ updated, unchanged }: UpdateAnswer) => {
          const others = unchanged === 0 ? '' : `, ${formatCount(unchanged)} were so already`
          return `updated ${formatThings(updated, 'document')} of ${name}${others}`
        },
        warningsOf: ({ warnings }) => warnings,
      })
    } finally {
      await engine.close()
    }
  },
}
