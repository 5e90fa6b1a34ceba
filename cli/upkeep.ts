import type { Engine } from '../core/engine/engine.ts'
import { systemClock } from '../core/system-clock.ts'

/** Between two runs. What one finds nobody has waited for. */
const PAUSE_MS = 5 * 60 * 1000

/**
 * Does, now and every few minutes, what others have left to be done: finishes
 * deletions that were cut short, and merges what processes have written that do
 * not merge in the background. Ends when the signal is aborted and the engine closed.
 */
export async function runUpkeep(
  engine: Pick<Engine, 'collectGarbage' | 'compactWanted'>,
  signal: AbortSignal,
  onFailure: (error: unknown) => void,
): Promise<void> {
  while (!signal.aborted) {
    for (const run of [() => engine.collectGarbage(), () => engine.compactWanted()]) {
      // Of single collections and shards the engine tells by itself; this is about the run as a whole.
      await run().catch((error: unknown) => {
        if (!signal.aborted) onFailure(error)
      })
    }
    await systemClock.sleep(PAUSE_MS, signal).catch(() => undefined)
  }
}
