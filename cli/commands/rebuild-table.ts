import type { RebuildTableAnswer } from '../../core/engine/engine.ts'
import { systemClock } from '../../core/system-clock.ts'
import { expectPositionals } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { formatDuration, formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OPTIONS } from '../terminal/place.ts'

const FORM = 'rebuild-table'

export const rebuildTable: Command = {
  form: FORM,
  summary: 'Restores a lost table from the bucket alone',
  details: `Restores names, settings, schemas and the newest version of every shard into an empty table (or that of a folder).
No acknowledged write is lost; writes that were under way may appear. Stop all writers first. A table that is not
empty is refused. The next run continues one that was cut short. The exit status is 1 if anything was skipped.`,
  examples: [
    'prism rebuild-table --s3 my-bucket --table new-table --create --dry-run',
    'prism rebuild-table --s3 my-bucket --table new-table --create',
    'prism rebuild-table --data ./data',
  ],
  options: {
    'dry-run': { type: 'boolean', help: 'show what would be restored, and write nothing' },
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 0, 0)
    const engine = await openExisting(findPlace(args, terminal))
    const startedMs = systemClock.monotonic()
    const clear = (): boolean => terminal.err.isTTY && terminal.err.write('\r\u001b[2K')
    try {
      const answer = await engine.rebuildTable({
        dry_run: args.flags.has('dry-run'),
        signal: terminal.signal,
        report: (collection) => {
          if (clear()) terminal.err.write(`restoring ${collection}`)
        },
      })
      clear()
      if (args.flags.has('json')) terminal.out.write(`${JSON.stringify(answer)}\n`)
      else show(terminal, answer, systemClock.monotonic() - startedMs)
      return answer.skipped.length > 0 ? 1 : 0
    } catch (error) {
      if (!terminal.signal.aborted) throw error
      terminal.err.write('stopped; run it again to go on\n')
      return 1
    } finally {
      await engine.close()
    }
  },
}

function show({ out }: Terminal, answer: RebuildTableAnswer, elapsedMs: number): void {
  for (const { name, former_name, shards, documents, doubts } of answer.collections) {
    const former = former_name === null ? '' : ` (was ${former_name}, a name that another collection has)`
    out.write(`${name}${former}: ${formatThings(documents, 'document')} in ${formatThings(shards.length, 'shard')}\n`)
    for (const doubt of doubts) out.write(`  ${doubt}\n`)
    for (const { shard, proven_version, version, replayed, doubts: ofShard } of shards) {
      if (replayed.length === 0 && ofShard.length === 0) continue
      const attempts = formatThings(replayed.length, 'attempt')
      out.write(`  shard ${shard}: version ${proven_version} and ${attempts} on top of it, as version ${version}\n`)
      for (const doubt of ofShard) out.write(`    ${doubt}\n`)
    }
  }
  for (const { uid, name, reason } of answer.skipped)
    out.write(`skipped c/${uid}${name === null ? '' : ` (${name})`}: ${reason}\n`)
  if (answer.deleted > 0)
    out.write(`${formatThings(answer.deleted, 'deletion')} will be finished by the next clean-up\n`)
  const outcome = `${formatThings(answer.collections.length, 'collection')} in ${formatDuration(elapsedMs)}`
  out.write(answer.dry_run ? `would restore ${outcome}; nothing was written\n` : `restored ${outcome}\n`)
}
