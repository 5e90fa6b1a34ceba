import type { CollectGarbageAnswer, CollectGarbageProgress } from '../../core/engine/engine.ts'
import { systemClock } from '../../core/system-clock.ts'
import { expectPositionals } from '../terminal/arguments.ts'
import type { Command, Terminal } from '../terminal/command.ts'
import { formatBytes, formatDuration, formatThings, readDuration } from '../terminal/human-units.ts'
import { openExisting } from '../terminal/open-existing.ts'
import { findPlace, PLACE_OPTIONS } from '../terminal/place.ts'

const FORM = 'gc [COLLECTION]'

export const gc: Command = {
  form: FORM,
  summary: 'Removes objects that no kept version needs, of one collection or of all',
  details: `A version is kept for an hour after another took its place, so that searches under way can finish and
history can be searched; --retention sets another time. With 0s only the newest version is kept: use it for data
that nobody else reads or writes, because searches under way may have to begin again. Snapshots keep their versions.
A server and the deployed functions collect by themselves.`,
  examples: ['prism gc', 'prism gc books --retention 10m', 'prism gc --retention 0s --dry-run'],
  options: {
    retention: { type: 'string', value: 'TIME', help: 'how long old versions are kept: 90s, 10m, 1h, 7d (1h)' },
    'dry-run': { type: 'boolean', help: 'show what would be removed, and remove nothing' },
    json: { type: 'boolean', help: 'the outcome as JSON' },
    ...PLACE_OPTIONS,
  },
  run: async (args, terminal) => {
    expectPositionals(args, FORM, 0, 1)
    const [collection] = args.positionals
    const retention = args.strings.retention
    const isDryRun = args.flags.has('dry-run')
    const request = {
      ...(collection !== undefined && { collection }),
      ...(retention !== undefined && { retention_ms: readDuration('--retention', retention) }),
      dry_run: isDryRun,
    }
    const onFailure = (error: unknown) => terminal.err.write(`${error instanceof Error ? error.message : error}\n`)
    const engine = await openExisting({ ...findPlace(args, terminal), onFailure })
    const startedMs = systemClock.monotonic()
    try {
      const answer = await engine.collectGarbage(request, (progress) => drawProgress(terminal, progress))
      if (terminal.err.isTTY) terminal.err.write('\r\u001b[2K')
      const report = args.flags.has('json')
        ? JSON.stringify(answer)
        : describe(answer, isDryRun, systemClock.monotonic() - startedMs)
      terminal.out.write(`${report}\n`)
      return answer.failed + answer.garbage.failed > 0 ? 1 : 0
    } finally {
      await engine.close()
    }
  },
}

function drawProgress(
  terminal: Terminal,
  { collection, shard, done, of, objects, bytes }: CollectGarbageProgress,
): void {
  if (!terminal.err.isTTY) return
  const removed = `${formatThings(objects, 'object')}, ${formatBytes(bytes)}`
  terminal.err.write(`\r\u001b[2Kshard ${shard} of ${collection} (${done + 1} of ${of}): ${removed} so far`)
}

function describe({ garbage, ...deletions }: CollectGarbageAnswer, isDryRun: boolean, tookMs: number): string {
  const { shards, objects, bytes, pending, failed, left } = garbage
  const lines = [
    `${isDryRun ? 'would remove' : 'removed'} ${formatThings(objects, 'object')}, ${formatBytes(bytes)}, of ${formatThings(shards, 'shard')}`,
  ]
  if (deletions.collections > 0) {
    const rest = [
      deletions.pinned > 0 && `${deletions.pinned} pinned`,
      deletions.waiting > 0 && `${deletions.waiting} waiting`,
      deletions.called_off > 0 && `${deletions.called_off} called off`,
      deletions.failed > 0 && `${deletions.failed} failed`,
    ].filter((part) => part !== false)
    lines.push(
      [`finished ${deletions.removed} of ${formatThings(deletions.collections, 'deletion')}`, ...rest].join(', '),
    )
  }
  if (pending > 0) lines.push(`left ${formatThings(pending, 'shard')} with segments that wait for the next write`)
  if (failed > 0) lines.push(`${formatThings(failed, 'shard')} failed`)
  if (left > 0) lines.push(`left ${formatThings(left, 'shard')} for the next run`)
  return [...lines, `done in ${formatDuration(tookMs)}`].join('\n')
}
