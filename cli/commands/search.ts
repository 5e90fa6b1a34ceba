import type { JsonObject, SearchAnswer, SearchRequest } from '../../core/contract/search-request.ts'
import { parseJsonText } from '../../core/schema/strict-json.ts'
import { type Arguments, expectPositionals, usage, wholeNumber } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { paintFor } from '../terminal/paint.ts'
import { PAST_OPTIONS, readPast } from '../terminal/past.ts'
import { findPlace, PLACE_OR_SERVER_OPTIONS } from '../terminal/place.ts'
import { showAnswer } from '../terminal/show-hits.ts'
import { showWarnings } from '../terminal/show-warnings.ts'

const FORM = 'search COLLECTION QUERY…'

export const search: Command = {
  form: FORM,
  summary: 'Searches a collection',
  details: `The query is in the query language: words, "phrases", field:word, AND OR NOT, + and -,
prefix*, te?t, word~1, year:[1950 TO 1960}. * is everything. Words without quotes are joined to one query;
quotes keep the shell from reading the signs of a query as its own.`,
  examples: [
    'prism search books sea wind',
    "prism search books 'sea AND (wind OR waves)'",
    "prism search books 'title:whale^2 captain' --limit 3 --json",
    `prism search books '*' --filter '{"year": {"gte": 1950}}' --sort=-year`,
  ],
  options: {
    limit: { type: 'string', short: 'n', value: 'N', help: 'hits to show (10)' },
    offset: { type: 'string', value: 'N', help: 'hits to skip before them (0)' },
    fields: { type: 'string', value: 'A,B^2', help: 'fields to search, with boosts' },
    filter: { type: 'string', value: 'JSON', help: 'conditions that hits meet' },
    sort: { type: 'string', value: 'A,-B', help: 'fields to sort by, - for descending' },
    and: { type: 'boolean', help: 'hits must have every word' },
    ...PAST_OPTIONS,
    json: { type: 'boolean', help: 'the answer as JSON' },
    ...PLACE_OR_SERVER_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 2, Number.POSITIVE_INFINITY)
    const request = requestOf(args)
    const engine = await openExisting(findPlace(args, terminal))
    try {
      const answer = await engine.search(args.positionals[0]!, request)
      const isJson = args.flags.has('json')
      if (!isJson) showWarnings(terminal, answer.warnings ?? [])
      terminal.out.write(isJson ? `${JSON.stringify(answer)}\n` : show(answer, request))
    } finally {
      await engine.close()
    }
    return 0

    function show(answer: SearchAnswer, { offset = 0 }: SearchRequest): string {
      return showAnswer(answer, { paint: paintFor(terminal.out, terminal), width: terminal.out.columns ?? 100, offset })
    }
  },
}

function requestOf(args: Arguments): SearchRequest {
  const { fields, filter, sort } = args.strings
  const limit = wholeNumber(args, 'limit', 0, 1_000)
  const offset = wholeNumber(args, 'offset', 0, 10_000)
  return {
    query: args.positionals.slice(1).join(' '),
    ...(limit !== undefined && { limit }),
    ...(offset !== undefined && { offset }),
    ...(fields !== undefined && { fields: fields.split(',') }),
    ...(filter !== undefined && { filter: readFilter(filter) }),
    ...(sort !== undefined && { sort: sort.split(',') }),
    ...readPast(args),
    ...(args.flags.has('and') && { operator: 'and' }),
  }
}

function readFilter(text: string): JsonObject {
  const filter = parseJsonText(text, '--filter')
  if (typeof filter === 'object' && filter !== null && !Array.isArray(filter)) return filter as JsonObject
  throw usage(`--filter must be a JSON object, got ${text}`)
}
