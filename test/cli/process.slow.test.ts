import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test } from 'vitest'
import { newFolder } from './terminal.ts'

const SCRIPT = fileURLToPath(new URL('../../cli/prism.ts', import.meta.url))
const TSX = import.meta.resolve('tsx')

const running: ChildProcess[] = []
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL')
})

/** Runs the command line in a process of its own, from its source. */
function start(...words: string[]) {
  const child = spawn(process.execPath, ['--import', TSX, SCRIPT, ...words], { stdio: ['pipe', 'pipe', 'pipe'] })
  running.push(child)
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk) => {
    texts.out += chunk
  })
  child.stderr.on('data', (chunk) => {
    texts.err += chunk
  })
  const exited = once(child, 'close').then(([status]) => ({ status: status as number | null, ...texts }))
  return { child, texts, exited }
}

async function said(texts: { out: string }, what: RegExp): Promise<RegExpExecArray> {
  for (let waitedMs = 0; waitedMs < 30_000; waitedMs += 50) {
    const found = what.exec(texts.out)
    if (found !== null) return found
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`did not say ${what}: ${JSON.stringify(texts)}`)
}

test('a mistake is one line on standard error and status 1', async () => {
  const { status, out, err } = await start('search', 'books').exited

  expect(status).toBe(1)
  expect(out).toBe('')
  expect(err).toBe('prism: QUERY is missing. Usage: prism search COLLECTION QUERY…\n')
})

test('serve says where it is, answers, finishes what is under way, and ends with status 0', async () => {
  const { child, texts, exited } = start('serve', '--port', '0', '--data', join(await newFolder(), 'data'))
  const [, address] = await said(texts, /on (http:\S+)/)
  const documents = Array.from({ length: 5_000 }, (_, i) => ({ id: `${i}`, text: 'sea wind' }))
  const headers = { 'Content-Type': 'application/json' }
  const writing = fetch(`${address}/collections/books/documents`, {
    method: 'POST',
    headers,
    body: JSON.stringify(documents),
  })
  await new Promise((resolve) => setTimeout(resolve, 100))
  child.kill('SIGTERM')
  const answer = (await (await writing).json()) as { indexed: number }
  const { status, err } = await exited

  expect(answer.indexed).toBe(5_000)
  expect(status).toBe(0)
  expect(err).toBe('')
})

test('a port in use is one clear line', async () => {
  const first = start('serve', '--port', '0', '--data', join(await newFolder(), 'data'))
  const [, port] = await said(first.texts, /on http:\S+:(\d+)/)
  const { status, err } = await start('serve', '--port', port!, '--data', join(await newFolder(), 'data')).exited

  expect(status).toBe(1)
  expect(err).toBe(`prism: 127.0.0.1:${port} is in use: stop what listens there, or choose another --port\n`)
})

test('Ctrl-C during an import keeps all that is acknowledged and says how much that is', async () => {
  const data = join(await newFolder(), 'data')
  const { child, exited } = start('import', 'many', '-', '--data', data)
  // What is written after the process has ended goes nowhere, and that is no failure.
  child.stdin.on('error', () => {})
  // Standard input stays open, so that there is always something to interrupt.
  for (let i = 0; i < 45_000; i++) child.stdin.write(`{"id":"${i}","text":"sea wind waves ${i}"}\n`)
  await new Promise((resolve) => setTimeout(resolve, 4_000))
  child.kill('SIGINT')
  const { status, out, err } = await exited
  const told = Number(/^([\d,]+) documents? into many/.exec(out)?.[1]?.replaceAll(',', ''))
  const count = await start('search', 'many', '*', '-n', '0', '--json', '--data', data).exited

  expect(status).toBe(1)
  expect(err).toContain('interrupted')
  expect(count.status === 0 ? JSON.parse(count.out).total : 0).toBe(told)
})

test('a reader that has seen enough is no error', async () => {
  const { child, exited } = start('import', '--help')
  child.stdout.destroy()

  expect((await exited).status).toBe(0)
})
