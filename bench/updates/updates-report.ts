import { digits, megabytes, seconds, table } from '../report/table.ts'
import type { Applied } from './apply-updates.ts'
import { WRITE_KINDS, type Written } from './metered-writes.ts'
import type { Percentiles } from './search-mix.ts'

export type UpdatesResult = {
  readonly corpus: string
  readonly documents: number
  readonly batch: number
  readonly retentionMs: number
  readonly collectEveryMs: number
  /** Numbers of segments while the first documents were loaded, in batches of the same size. */
  readonly loading: readonly { readonly documents: number; readonly segments: number }[]
  readonly applied: Applied
  readonly written: Written
  /** Sizes of the updated collection before and after compaction and garbage collection, and of fresh indexes of the first and of the last documents. */
  readonly storedBytes: {
    readonly atEnd: number
    readonly tidied: number
    readonly freshFirst: number
    readonly freshLast: number
  }
  readonly equality: { readonly queries: number; readonly differences: number }
  readonly failures: readonly string[]
}

export function writeReport(result: UpdatesResult): string {
  return [writeTargets(result), writeStretches(result), writeWritten(result), writeLoading(result)].join('\n\n')
}

function writeTargets({ applied, storedBytes, equality, failures, ...result }: UpdatesResult): string {
  const { writing, resting, warm } = applied
  const ratio = (a: number, b: number): string => digits(a / b)
  const largest = Math.max(...applied.stretches.map(({ segments }) => segments.max))
  const rows = [
    [
      'stored, compacted and collected, ÷ fresh of the first documents',
      ratio(storedBytes.tidied, storedBytes.freshFirst),
      '≤ 2',
    ],
    ['the same ÷ fresh of the last documents', ratio(storedBytes.tidied, storedBytes.freshLast), '≤ 2'],
    ['stored before that ÷ fresh of the last documents', ratio(storedBytes.atEnd, storedBytes.freshLast), ''],
    ['p50 during writes ÷ fresh without writes', ratio(writing.updated.p50, resting.fresh.p50), '≤ 1.5'],
    ['p50 during writes ÷ fresh at the same times', ratio(writing.updated.p50, writing.fresh.p50), ''],
    ['p50 writer paused, first pass ÷ fresh', ratio(resting.updated.p50, resting.fresh.p50), ''],
    ['p50 writer paused, second pass ÷ fresh', ratio(warm.updated.p50, warm.fresh.p50), ''],
    ['p99 during writes ÷ fresh at the same times', ratio(writing.updated.p99, writing.fresh.p99), ''],
    ['most live segments', `${largest}`, 'logarithmic'],
    [
      'queries answered differently from fresh of the last documents',
      `${equality.differences} of ${equality.queries}`,
      '0',
    ],
    ['failures in the background', `${failures.length}`, '0'],
  ]
  const title = `${result.corpus}: ${applied.updates} updates of ${result.documents} documents in batches of ${result.batch}`
  const pace = `${seconds(applied.writeMs)} s, ${digits((applied.updates * 1e3) / applied.writeMs)}/s, ${seconds(applied.cpuMs)} s of CPU`
  const garbage = `garbage every ${seconds(result.collectEveryMs)} s, retention ${seconds(result.retentionMs)} s: ${applied.garbage.objects} objects, ${megabytes(applied.garbage.bytes)} MB in ${applied.garbage.runs} runs`
  return [`${title}; ${pace}; ${garbage}`, table(['', 'measured', 'target'], rows)].join('\n\n')
}

function writeStretches({ applied }: UpdatesResult): string {
  const header = ['updates', 'updates/s', 'segments mean / max', 'stored MB', 'thread busy']
  const searches = [
    'p50 / p99 ms during writes',
    'fresh then',
    'writer paused, first pass',
    'fresh then',
    'second pass',
    'fresh then',
  ]
  const pair = ({ p50, p99 }: Percentiles): string => `${digits(p50)} / ${digits(p99)}`
  const rows = applied.stretches.map((stretch, i) => {
    const count = stretch.applied - (applied.stretches[i - 1]?.applied ?? 0)
    return [
      `${stretch.applied}`,
      digits((count * 1e3) / stretch.writeMs),
      `${digits(stretch.segments.mean)} / ${stretch.segments.max}`,
      megabytes(stretch.storedBytes),
      digits(stretch.busyShare),
      pair(stretch.writing.updated),
      pair(stretch.writing.fresh),
      pair(stretch.resting.updated),
      pair(stretch.resting.fresh),
      pair(stretch.warm.updated),
      pair(stretch.warm.fresh),
    ]
  })
  return table([...header, ...searches], rows)
}

function writeWritten({ applied, written }: UpdatesResult): string {
  const rows = WRITE_KINDS.map((kind) => {
    const { objects, bytes } = written[kind]
    return [
      kind,
      `${objects}`,
      megabytes(bytes),
      digits(bytes / applied.jsonBytes),
      digits(bytes / written.segments.bytes),
    ]
  })
  const bytes = WRITE_KINDS.reduce((sum, kind) => sum + written[kind].bytes, 0)
  const objects = WRITE_KINDS.reduce((sum, kind) => sum + written[kind].objects, 0)
  const all = [
    'all',
    `${objects}`,
    megabytes(bytes),
    digits(bytes / applied.jsonBytes),
    digits(bytes / written.segments.bytes),
  ]
  return table(
    [`written for ${megabytes(applied.jsonBytes)} MB of JSON`, 'objects', 'MB', '÷ JSON', '÷ segments'],
    [...rows, all],
  )
}

function writeLoading({ loading }: UpdatesResult): string {
  return table(
    ['documents loaded', 'live segments'],
    loading.map(({ documents, segments }) => [`${documents}`, `${segments}`]),
  )
}
