import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { PrismError } from '../../core/errors.ts'
import { systemClock } from '../../core/system-clock.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const counter = fileURLToPath(new URL('count-up.ts', import.meta.url))
const counted = { pk: 'p', sk: 's' }
const own = { pk: 'p', sk: 'own' }
/** Maximum attempts to stop the process in the middle of a transaction. */
const STOPS_MAX = 200

const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

test('while a process is stopped in the middle of a write, others fail with its id instead of waiting forever', async () => {
  const folder = join(await temporaryFolder(), 'rows')
  const rows = new LmdbCoordination(folder)
  await rows.write(counted, { set: { count: 0 } }, [])
  const child = spawn(process.execPath, ['--import', 'tsx', counter, folder])
  children.push(child)
  await new Promise((resolve) => child.stdout!.once('data', resolve))
  child.stdout!.resume()

  expect(await stopAmidWrite(child, rows)).toMatchObject({
    name: 'UnavailableError',
    code: 'coordination_locked',
    message: expect.stringContaining(`process ${child.pid} `) as string,
  })
  // Reads need no lock. A process that opens the folder now gets the same error.
  expect((await rows.read(counted, { consistent: true }))?.attributes.count).toBeGreaterThan(0)
  expect(() => new LmdbCoordination(folder)).toThrow(`process ${child.pid} `)
  child.kill('SIGCONT')
  expect(await rows.write(own, { set: { n: 1 } }, [])).toBe('written')

  expect(await stopAmidWrite(child, rows)).toMatchObject({ code: 'coordination_locked' })
  child.kill('SIGKILL')
  await new Promise((resolve) => child.once('close', resolve))
  expect(await rows.write(own, { set: { n: 2 } }, [])).toBe('written')
  expect((await rows.read(own, { consistent: true }))?.attributes).toEqual({ n: 2 })
  await rows.close()
}, 60_000)

/** Stops a busy process repeatedly until a write of this process fails. Leaves the other process stopped. */
async function stopAmidWrite(child: ChildProcess, rows: LmdbCoordination): Promise<unknown> {
  for (let i = 0; i < STOPS_MAX; i++) {
    child.kill('SIGSTOP')
    try {
      await rows.write(own, { set: { n: 0 } }, [])
    } catch (error) {
      if (error instanceof PrismError) return error
      throw error
    }
    child.kill('SIGCONT')
    await systemClock.sleep(i % 5)
  }
  throw new Error(`none of ${STOPS_MAX} stops fell into a transaction`)
}
