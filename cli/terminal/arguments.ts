import { parseArgs } from 'node:util'
import { InvalidRequestError } from '../../core/errors.ts'
import { findNearestName } from '../../core/nearest-name.ts'

/** An option as a command declares it. */
export type Option = {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  /** Placeholder of the value in the help, such as `DIR`. */
  readonly value?: string
  /** Whether the option may be given several times. Of any other option the last value counts. */
  readonly repeats?: true
  readonly help: string
}

export type Options = Readonly<Record<string, Option>>

export type Arguments = {
  readonly positionals: readonly string[]
  readonly strings: Readonly<Record<string, string>>
  /** The values of options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[]>>
  readonly flags: ReadonlySet<string>
}

/**
 * Parses a command's arguments. Options may be anywhere; everything after `--` is literal.
 *
 * @throws {InvalidRequestError} which names the wrong argument
 */
export function parseArguments(command: string, words: readonly string[], options: Options): Arguments {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { type, short }]) => [
        name,
        short === undefined ? { type } : { type, short },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const positionals: string[] = []
  const strings: Record<string, string> = {}
  const lists: Record<string, string[]> = {}
  const flags = new Set<string>()
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option') continue
    const option = options[token.name]
    if (option === undefined) throw unknownOption(command, token.rawName, options)
    if (option.type === 'boolean') {
      if (token.value !== undefined) throw usage(`${token.rawName} takes no value`)
      flags.add(token.name)
      continue
    }
    if (!token.value) throw usage(`${token.rawName} needs a value: ${token.rawName} ${option.value}`)
    if (option.repeats) lists[token.name] = [...(lists[token.name] ?? []), token.value]
    else strings[token.name] = token.value
  }
  return { positionals, strings, lists, flags }
}

/** A mistake on the command line. */
export function usage(message: string): InvalidRequestError {
  return new InvalidRequestError('usage', message)
}

function unknownOption(command: string, written: string, options: Options): InvalidRequestError {
  const nearest = findNearestName(written.replace(/^-+/, ''), Object.keys(options))
  const hint = nearest === undefined ? `see prism ${command} --help` : `did you mean --${nearest}?`
  return usage(`unknown option ${written} for ${command}; ${hint}`)
}

/** @throws {InvalidRequestError} if the option is given and is not a whole number in its range */
export function wholeNumber(args: Arguments, name: string, min: number, max: number): number | undefined {
  const text = args.strings[name]
  if (text === undefined) return undefined
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= min && number <= max) return number
  throw usage(`--${name} must be a whole number from ${min} to ${max}, got "${text}"`)
}

/** @throws {InvalidRequestError} unless the number of positionals is within the bounds */
export function expectPositionals(args: Arguments, form: string, min: number, max: number): void {
  const count = args.positionals.length
  if (count >= min && count <= max) return
  throw count < min
    ? missing(form, count)
    : usage(`unexpected argument "${args.positionals[max]}". Usage: prism ${form}`)
}

/** The error for a command whose positional number `index`, from 0, is missing. */
export function missing(form: string, index: number): InvalidRequestError {
  const what = form
    .split(' ')
    [index + 1]!.replace(/[[\]…]/g, '')
    .replaceAll('|', ' or ')
  return usage(`${what} is missing. Usage: prism ${form}`)
}
