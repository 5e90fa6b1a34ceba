import { systemClock } from '../../core/system-clock.ts'
import { expectPositionals } from '../terminal/arguments.ts'
import type { Command } from '../terminal/command.ts'
import { formatBytes, formatDuration, formatThings } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OPTIONS } from '../terminal/place.ts'

const FORM = 'compact COLLECTION'

export const compact: Command = {
  form: FORM,
  summary: 'Rewrites every shard of a collection as one segment, without deleted documents',
  details: 'Searches and writes continue. A server compacts in the background by itself.',
  examples: ['prism compact books', 'prism compact books --s3 my-bucket --table my-table'],
  options: { json: { type: 'boolean', help: 'the outcome as JSON' }, ...PLACE_OPTIONS },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 1, 1)
    const engine = await openExisting(findPlace(args, terminal))
    const startedMs = systemClock.monotonic()
    try {
      const answer = await engine.compact(args.positionals[0]!, (shard, done, of) => {
        if (terminal.err.isTTY)
          terminal.err.write(`\r\u001b[2Kshard ${shard}: ${formatBytes(done)} of ${formatBytes(of)}`)
      })
      if (terminal.err.isTTY) terminal.err.write('\r\u001b[2K')
      if (args.flags.has('json')) {
        terminal.out.write(`${JSON.stringify(answer)}\n`)
        return 0
      }
      for (const { shard, segments_before, segments_after, bytes_before, bytes_after } of answer.shards) {
        const segments = `${formatThings(segments_before, 'segment')} to ${segments_after}`
        terminal.out.write(`shard ${shard}: ${segments}, ${formatBytes(bytes_before)} to ${formatBytes(bytes_after)}\n`)
      }
      terminal.out.write(`done in ${formatDuration(systemClock.monotonic() - startedMs)}\n`)
      return 0
    } finally {
      await engine.close()
    }
  },
}
