import { createInterface } from 'node:readline/promises'

import { expectPositionals } from './arguments.ts'
import type { Command, Terminal } from './command.ts'
import { formatThings } from './human-units.ts'
import { openExisting } from './open-existing.ts'
import { describePlace, findPlace, PLACE_OR_SERVER_OPTIONS } from './place.ts'

const FORM = 'delete COLLECTION'

export const deleteCollection: Command = {
  form: FORM,
  summary: 'Deletes a collection and all its documents',
  details: 'On a terminal it asks first; in a script nobody could answer, so there it does not.',
  examples: ['prism delete books', 'prism delete books --yes'],
  options: {
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 1, 1)
    const name = args.positionals[0]!
    const place = findPlace(args, terminal)
    const engine = await openExisting(place)
    try {
      const { documents } = await engine.getCollection(name)
      const what = `${name} with ${formatThings(documents, 'document')} in ${describePlace(place)}`
      const isAsked = terminal.in.isTTY && terminal.err.isTTY && !args.flags.has('yes')
      if (isAsked && !(await confirm(`delete ${what}? [y/N] `, terminal))) {
        terminal.err.write('nothing was deleted\n')
        return 1
      }
      await engine.deleteCollection(name)
      // Closing would stop the removal, and leave the rest to whoever comes next.
      await engine.settle()
      terminal.out.write(args.flags.has('json') ? '{"deleted":true}\n' : `deleted ${what}\n`)
      return 0
    } finally {
      await engine.close()
    }
  },
}

async function confirm(question: string, terminal: Terminal): Promise<boolean> {
  const prompt = createInterface({ input: terminal.in, output: terminal.err })
  try {
    return /^y(es)?$/i.test((await prompt.question(question, { signal: terminal.signal })).trim())
  } finally {
    prompt.close()
  }
}
