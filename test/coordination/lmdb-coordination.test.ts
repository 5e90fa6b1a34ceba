import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { LmdbCoordination } from '../../core/coordination/lmdb-coordination.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const counter = fileURLToPath(new URL('count-up.ts', import.meta.url))
const key = { pk: 'p', sk: 's' }

test('rows persist when the folder is closed and opened again', async () => {
  const folder = await makeFolder()
  const first = new LmdbCoordination(folder)
  await first.write(key, { set: { n: 1, bytes: new Uint8Array([1]) } }, [])
  await first.close()

  const second = new LmdbCoordination(folder)

  expect((await second.read(key, { consistent: true }))?.attributes).toEqual({ n: 1, bytes: new Uint8Array([1]) })
  await second.close()
})

test('a write that begins before close is answered', async () => {
  const coordination = new LmdbCoordination(await makeFolder())

  const writing = coordination.write(key, { set: { n: 1 } }, [])
  await coordination.close()

  expect(await writing).toBe('written')
  await expect(coordination.read(key, { consistent: true })).rejects.toMatchObject({ code: 'coordination_closed' })
  await expect(coordination.write(key, {}, [])).rejects.toMatchObject({ code: 'coordination_closed' })
})

test('an impossible change by one caller does not undo the writes of others in the same turn', async () => {
  const coordination = new LmdbCoordination(await makeFolder())
  await coordination.write(key, { set: { n: 1 } }, [])

  const outcomes = await Promise.allSettled([
    coordination.write(key, { set: { a: 1 } }, []),
    coordination.write(key, { append: { n: [1] } }, []),
    coordination.write(key, { set: { b: 1 } }, []),
  ])

  expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  expect((await coordination.read(key, { consistent: true }))?.attributes).toEqual({ n: 1, a: 1, b: 1 })
  await coordination.close()
})

test('a read sees a write that another process made during the same turn of the event loop', async () => {
  const folder = await makeFolder()
  const coordination = new LmdbCoordination(folder)
  await coordination.write(key, { set: { count: 0 } }, [])

  const before = await coordination.read(key, { consistent: true })
  execFileSync(process.execPath, ['--import', 'tsx', counter, folder, '3'])
  const after = await coordination.read(key, { consistent: true })

  expect([before?.attributes, after?.attributes]).toEqual([{ count: 0 }, { count: 3 }])
  await coordination.close()
})

test('processes that share a folder lose no writes, even if they are killed', async () => {
  const folder = await makeFolder()
  const coordination = new LmdbCoordination(folder)
  await coordination.write(key, { set: { count: 0 } }, [])

  const children = Array.from({ length: 3 }, () => spawn(process.execPath, ['--import', 'tsx', counter, folder]))
  const counted = await Promise.all(children.map((child, i) => killAfterLines(child, 40 + 20 * i)))

  const acknowledged = counted.flat()
  // If a process was killed between its commit and its notice to readers, the next transaction still finds the write.
  await coordination.write({ ...key, sk: 'another' }, { set: { n: 1 } }, [])
  const row = await coordination.read(key, { consistent: true })
  const count = row?.attributes.count as number
  expect(new Set(acknowledged).size).toBe(acknowledged.length)
  expect(Math.max(...acknowledged)).toBeLessThanOrEqual(count)
  // Every counted write was acknowledged, except perhaps the last write of each process.
  expect(count - acknowledged.length).toBeGreaterThanOrEqual(0)
  expect(count - acknowledged.length).toBeLessThanOrEqual(children.length)
  // The surviving process can still write.
  const next = await coordination.write(key, { set: { count: count + 1 } }, [
    { attribute: 'count', is: 'equal', value: count },
  ])
  expect(next).toBe('written')
  await coordination.close()
})

/** The dot in the name could make LMDB take the folder for a file. */
async function makeFolder(): Promise<string> {
  return join(await temporaryFolder(), 'rows.lmdb')
}

/** Kills the process once it has printed `lineCount` numbers. @returns all numbers that it printed */
async function killAfterLines(child: ChildProcess, lineCount: number): Promise<number[]> {
  let output = ''
  let errors = ''
  await new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk: Buffer) => {
      output += chunk.toString()
      if (output.split('\n').length > lineCount) child.kill('SIGKILL')
    })
    child.stderr!.on('data', (chunk: Buffer) => {
      errors += chunk.toString()
    })
    child.on('close', () => resolve())
  })
  const lines = output.split('\n').slice(0, -1)
  if (lines.length < lineCount) throw new Error(`the counter ended early: ${errors}`)
  return lines.map(Number)
}
