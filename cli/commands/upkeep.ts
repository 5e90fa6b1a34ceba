import type { Clock } from '../../core/clock.ts'
import type { Engine } from '../../core/engine/engine.ts'
import { systemClock } from '../../core/system-clock.ts'

/** Between two runs. What one finds nobody has waited for. */
export const PAUSE_MS = 5 * 60 * 1000
/** Over a folder, where a look costs nothing and what is left takes room on this machine's disk. */
export const FOLDER_PAUSE_MS = 60 * 1000
/** Between two questions whether this process leads: several in the time after which another takes over. */
const LEAD_MS = 10_000

/**
 * Does, as soon as this process leads and every few minutes from then on, what others have left to be done: finishes
 * deletions that were cut short, and merges what processes have written that do
 * not merge in the background. Of several servers one does so; were it two, nothing
 * would be wrong. Ends when the signal is aborted and the engine closed.
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

/** The engine reports single collections and shards; `fail` is called when a whole run fails. */
async function runOnce(
  engine: Pick<Engine, 'collectGarbage' | 'compactWanted'>,
  fail: (error: unknown) => void,
): Promise<void> {
  for (const run of [() => engine.collectGarbage(), () => engine.compactWanted()]) await run().catch(fail)
}
