import type { ScrubAnswer } from '../../core/engine/engine.ts'
import { systemClock } from '../../core/system-clock.ts'
import { expectPositionals } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { formatBytes, formatDuration, formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OPTIONS } from '../terminal/place.ts'
import { describeBytes, openProgressLine } from '../terminal/progress-bar.ts'

const FORM = 'scrub [COLLECTION]'

export const scrub: Command = {
  form: FORM,
  summary: 'Reads all stored data and compares it with its checksums',
  details: `Reads one collection, or all. Changes nothing; searches and writes continue. Each damage is a line,
and the exit status is then 1. Ctrl-C stops, and shows what was found until then.`,
  examples: ['prism scrub', 'prism scrub books --quick', 'prism scrub --s3 my-bucket --table my-table --json'],
  options: {
    quick: { type: 'boolean', help: 'manifests, footers and sizes only: one or two requests for each segment' },
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 0, 1)
    const engine = await openExisting(findPlace(args, terminal))
    const bar = openProgressLine(terminal, systemClock, describeBytes)
    const startedMs = systemClock.monotonic()
    try {
      const answer = await engine.scrub({
        collection: args.positionals[0],
        quick: args.flags.has('quick'),
        signal: terminal.signal,
        report: (done, of) => bar.draw({ done, of }),
      })
      bar.clear()
      if (args.flags.has('json')) terminal.out.write(`${JSON.stringify(answer)}\n`)
      else show(terminal, answer, systemClock.monotonic() - startedMs)
      return answer.damage_count > 0 || answer.stopped ? 1 : 0
    } finally {
      await engine.close()
    }
  },
}

function show({ out }: Terminal, answer: ScrubAnswer, elapsedMs: number): void {
  for (const { collection, shard, file, section, found, expected } of answer.damage) {
    const where = shard === null ? collection : `${collection} shard ${shard}`
    out.write(`${where}: ${file}: ${section}: found ${found}, expected ${expected}\n`)
  }
  const unlisted = answer.damage_count - answer.damage.length
  if (unlisted > 0) out.write(`and ${formatThings(unlisted, 'damage')} more\n`)
  const { collections, shards, segments, documents, bytes, pinned_versions, unnamed } = answer
  const seen = [
    formatThings(collections, 'collection'),
    formatThings(shards, 'shard'),
    formatThings(segments, 'segment'),
    formatThings(documents, 'document'),
    formatBytes(bytes),
    ...(pinned_versions > 0 ? [formatThings(pinned_versions, 'pinned version')] : []),
  ]
  const outcome = answer.damage_count === 0 ? 'no damage' : formatThings(answer.damage_count, 'damage')
  out.write(`${answer.stopped ? 'stopped' : outcome}: ${seen.join(', ')} in ${formatDuration(elapsedMs)}\n`)
  if (unnamed.objects > 0)
    out.write(
      `${formatThings(unnamed.objects, 'object')} of older versions or unfinished work (${formatBytes(unnamed.bytes)})\n`,
    )
}
