import { findNearestName } from '../core/nearest-name.ts'
import { VERSION } from '../core/prism-version.ts'
import { commandHelp, overview } from './help.ts'
import { parseArguments, usage } from './terminal/arguments.ts'
import type { Command, Terminal } from './terminal/command.ts'

/** Commands are loaded on use, so that a search does not spend time on code of other commands. */
const COMMANDS: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  serve: { summary: 'answer the HTTP API', load: async () => (await import('./commands/serve.ts')).serve },
  import: {
    summary: 'write documents from files',
    load: async () => (await import('./commands/import.ts')).importFiles,
  },
  search: { summary: 'search a collection', load: async () => (await import('./commands/search.ts')).search },
  inspect: { summary: 'show what is stored', load: async () => (await import('./commands/inspect.ts')).inspect },
  compact: {
    summary: 'rewrite a collection without deleted documents',
    load: async () => (await import('./commands/compact.ts')).compact,
  },
  gc: { summary: 'remove objects that no kept version needs', load: async () => (await import('./commands/gc.ts')).gc },
  snapshot: {
    summary: 'keep the content of a collection under a name',
    load: async () => (await import('./commands/snapshot.ts')).snapshot,
  },
  branch: {
    summary: 'create a collection that begins with the content of another',
    load: async () => (await import('./commands/branch.ts')).branch,
  },
  restore: {
    summary: 'put a collection back to an earlier content',
    load: async () => (await import('./commands/restore.ts')).restore,
  },
  scrub: {
    summary: 'read all stored data and compare it with its checksums',
    load: async () => (await import('./commands/scrub.ts')).scrub,
  },
  'rebuild-table': {
    summary: 'restore a lost table from the bucket',
    load: async () => (await import('./commands/rebuild-table.ts')).rebuildTable,
  },
  update: {
    summary: 'change the documents that a filter accepts',
    load: async () => (await import('./commands/update.ts')).update,
  },
  delete: {
    summary: 'delete a collection, or documents by filter',
    load: async () => (await import('./commands/delete.ts')).deleteCollection,
  },
}

const HELP = { help: { type: 'boolean', short: 'h', help: 'show this' } } as const

/**
 * Runs one command line.
 *
 * @returns the exit status
 * @throws {InvalidRequestError} for a mistake on the command line; also the errors of the command
 */
export async function runCommandLine(words: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const [name = '--help', ...rest] = words
  if (name === '--version' || name === '-v') return print(terminal, `${VERSION}\n`)
  if (name === '--help' || name === '-h' || name === 'help') return help(rest[0], terminal)
  const command = await find(name)
  if (rest.includes('--help') || rest.includes('-h')) return print(terminal, commandHelp(withHelp(command)))
  return command.run(parseArguments(name, rest, command.options), terminal)
}

async function help(name: string | undefined, terminal: Terminal): Promise<0> {
  if (name !== undefined) return print(terminal, commandHelp(withHelp(await find(name))))
  const summaries = Object.entries(COMMANDS).map(([command, { summary }]) => [command, summary] as const)
  return print(terminal, overview(summaries, VERSION))
}

function withHelp(command: Command): Command {
  return { ...command, options: { ...command.options, ...HELP } }
}

async function find(name: string): Promise<Command> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (command !== undefined) return command.load()
  const nearest = findNearestName(name, Object.keys(COMMANDS))
  throw usage(`unknown command "${name}"; ${nearest === undefined ? 'see prism --help' : `did you mean ${nearest}?`}`)
}

function print(terminal: Terminal, text: string): 0 {
  terminal.out.write(text)
  return 0
}
