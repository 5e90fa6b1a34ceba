import type { Clock } from '../../core/clock.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { systemClock } from '../../core/system-clock.ts'

/** Milliseconds between two runs. Long, because no client waits for upkeep. */
export const PAUSE_MS = 5 * 60 * 1000
/** Milliseconds between two runs over a folder, where runs cost nothing and leftovers take space on the local disk. */
export const FOLDER_PAUSE_MS = 60 * 1000
/** Milliseconds between two renewals of the lead: several fit into the lease time. */
const LEAD_MS = 10_000

/**
 * Does upkeep every few minutes while this process leads: finishes interrupted deletions, and merges segments of processes
 * that do not merge in the background. Normally only one of several servers leads, but two would do no harm. Ends when
 * the signal is aborted and the engine is closed.
 */
export async function runUpkeep(
  engine: Pick<Engine, 'lead' | 'collectGarbage' | 'compactWanted'>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
  { clock = systemClock, pauseMs = PAUSE_MS }: { readonly clock?: Clock; readonly pauseMs?: number } = {},
): Promise<void> {
  const fail = (error: unknown) => {
    if (!signal.aborted) onFailure(error)
  }
  let begunMs = Number.NEGATIVE_INFINITY
  let run: Promise<void> | undefined
  while (!signal.aborted) {
    const leads = await engine.lead().catch(fail)
    // The process keeps the lead during a run, however long it takes.
    if (leads && !run && clock.monotonic() - begunMs >= pauseMs) {
      begunMs = clock.monotonic()
      run = runOnce(engine, fail).finally(() => {
        run = undefined
      })
    }
    await clock.sleep(LEAD_MS, signal).catch(() => undefined)
  }
  await run
}

/** The engine reports failures of single collections and shards; `fail` is called if a whole run fails. */
async function runOnce(
  engine: Pick<Engine, 'collectGarbage' | 'compactWanted'>,
  fail: (error: unknown) => void,
): Promise<void> {
  for (const run of [() => engine.collectGarbage(), () => engine.compactWanted()]) await run().catch(fail)
}
